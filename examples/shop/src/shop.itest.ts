import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { msToNs, type AuditEntry } from '@auditrail/core';
import { httpLokiClient, readEntries } from '@auditrail/core/loki';
import { testStack, uniqueTenant } from '../../../stack/src/testing/test-stack.ts';
import { attack } from './attack.ts';
import { startShop, type RunningShop, type SeedAccount } from './index.ts';
import { Person } from './person.ts';
import { sessionIdOf } from './sessions.ts';
import { startTraffic } from './traffic.ts';

const EVIL = `<img src=x onerror=alert(1)> "'); DROP TABLE products;-- \`{{ .Values }}\` \u2028`;

describe('the shop on the real stack', () => {
  const { urls, tokensFor } = testStack();
  const tenant = uniqueTenant('shop');
  const dataDir = mkdtempSync(join(tmpdir(), 'auditrail-shop-'));
  const started = msToNs(Date.now());
  const loki = httpLokiClient({
    url: urls.gateway,
    tenant,
    headers: { Authorization: `Bearer ${tokensFor(tenant).read}` },
  });
  let shop: RunningShop;
  let running = true;

  beforeAll(async () => {
    const collector = { endpoint: urls.collector, tenant, token: tokensFor(tenant).write };
    shop = await startShop({ ...collector, dataDir, demo: true, trustProxy: true, jobsEveryMs: 1_000 });
  });
  afterAll(async () => {
    if (running) await shop.stop();
    rmSync(dataDir, { recursive: true });
  });

  async function stored(): Promise<AuditEntry[]> {
    const entries: AuditEntry[] = [];
    const range = { start: started, end: msToNs(Date.now() + 1_000) };
    for await (const page of readEntries(loki, { range })) {
      for (const { entry, line } of page) {
        if (!entry) throw new Error(`not an entry: ${line}`);
        entries.push(entry);
      }
    }
    return entries.reverse();
  }

  /** Waits for `count` matching entries, and returns all matching ones, oldest first. */
  async function waitForEntries(count: number, matches: (entry: AuditEntry) => boolean): Promise<AuditEntry[]> {
    const deadline = Date.now() + 15_000;
    for (;;) {
      const found = (await stored()).filter(matches);
      if (found.length >= count || Date.now() > deadline) return found;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  function accountOf(name: string): SeedAccount {
    const account = shop.accounts.find(({ email }) => email.startsWith(name));
    if (!account) throw new Error(`account ${name} not found`);
    return account;
  }

  it('stores actor, source, request and changes in Loki', async () => {
    const ip = '2001:db8::abc';
    const ada = new Person(shop.url, accountOf('ada'), ip, 'Browser "1"');
    expect(await ada.signIn('wrong')).toBe(false);
    expect(await ada.signIn()).toBe(true);
    await ada.submit('/products/1/edit', '/products/1', { price: '12.34', description: EVIL });
    await ada.submit('/roles', '/roles/grant', { account: '8', role: 'staff' });
    await ada.open('/customers/8');
    await ada.signOut();
    const entries = await waitForEntries(6, ({ source }) => source?.ip === ip);
    const actor = {
      type: 'user',
      id: '1',
      name: 'Ada Lovelace',
      email: 'ada@example.com',
      groups: ['customer', 'admin'],
    };
    expect(entries).toMatchObject([
      {
        action: 'user.login',
        outcome: 'failure',
        actor,
        error: { message: 'wrong password' },
        request: { status: 401 },
      },
      { action: 'user.login', outcome: 'success', actor, channel: 'auth', source: { userAgent: 'Browser "1"' } },
      {
        action: 'product.updated',
        channel: 'catalogue',
        changes: [
          { path: 'description', before: 'Two litres, for gas and induction', after: EVIL },
          { path: 'price', before: 8900, after: 1234 },
        ],
      },
      {
        action: 'user.role.granted',
        scope: { role: 'staff' },
        target: { type: 'user', id: '8', name: 'Nguyễn Thị Hoa' },
      },
      { action: 'pii.read.customer', channel: 'pii-read', target: { name: 'Nguyễn Thị Hoa' } },
      { action: 'user.logout', outcome: 'success', actor },
    ]);
    expect(entries).toHaveLength(6);
    const sessions = new Set(entries.slice(1).map(({ source }) => source?.sessionId));
    expect(sessions.size).toBe(1);
  });

  it('does not record cookies and passwords', async () => {
    const zoe = new Person(shop.url, accountOf('zoe'), '192.0.2.77', 'Browser');
    await zoe.signIn('a mistyped password');
    await zoe.signIn();
    const cookie = zoe.cookie.split('=')[1] ?? '';
    expect(cookie).toHaveLength(43);
    const [, entry] = await waitForEntries(2, ({ source }) => source?.ip === '192.0.2.77');
    expect(entry?.source?.sessionId).toBe(sessionIdOf(cookie));
    const all = JSON.stringify(await stored());
    for (const secret of [cookie, zoe.account.password, 'a mistyped password']) expect(all).not.toContain(secret);
  });

  it('refuses forged forms', async () => {
    const grace = new Person(shop.url, accountOf('grace'), '192.0.2.78', 'Browser');
    await grace.signIn();
    const { status } = await grace.open('/products/2/delete', new URLSearchParams({ _token: 'forged' }));
    expect(status).toBe(403);
    expect((await grace.open('/products/2/edit')).status).toBe(200);
  });

  it('runs jobs, which record entries of the system', async () => {
    const [first] = await waitForEntries(1, ({ action }) => action === 'product.price.updated');
    expect(first).toMatchObject({
      actor: { type: 'system', name: 'Shop jobs' },
      category: 'task',
      channel: 'catalogue',
    });
  });

  it('stores the entries of simulated users', async () => {
    const stop = new AbortController();
    const problems: unknown[] = [];
    setTimeout(() => stop.abort(), 5_000);
    const onProblem = (error: unknown) => problems.push(error);
    const report = await startTraffic({ ...shop, rate: 30, signal: stop.signal, onProblem });
    expect(problems).toEqual([]);
    expect(report.visits).toBeGreaterThan(3);
    const visitors = await waitForEntries(10, ({ source }) =>
      /^(192\.0\.2|198\.51\.100|2001:db8:)/.test(source?.ip ?? ''),
    );
    expect(visitors.length).toBeGreaterThanOrEqual(10);
  });

  it('records attacks: many failures from one address, a lock, a success after failures, a granted role', async () => {
    await attack({ ...shop, kind: 'brute-force', pauseMs: 0 });
    await attack({ ...shop, kind: 'takeover', pauseMs: 0 });
    await attack({ ...shop, kind: 'privilege', pauseMs: 0 });
    await waitForEntries(1, ({ action, scope }) => action === 'user.role.revoked' && scope?.['role'] === 'admin');
    const from = async (ip: string) => waitForEntries(1, ({ source }) => source?.ip === ip);
    const logins = (entries: AuditEntry[]) =>
      entries.filter(({ action }) => action === 'user.login').map((e) => e.outcome);

    const force = await from('203.0.113.66');
    expect(logins(force)).toEqual(Array.from({ length: 30 }, () => 'failure'));
    expect(force.map(({ action }) => action)).toContain('user.locked');
    const failures = Array.from({ length: 16 }, () => 'failure');
    expect(logins(await from('203.0.113.23'))).toEqual([...failures, 'success']);
    const privilege = await from('203.0.113.44');
    expect(logins(privilege)).toEqual([...failures, 'success']);
    expect(privilege).toContainEqual(
      expect.objectContaining({ action: 'user.role.granted', scope: { role: 'admin' } }),
    );
  }, 60_000);

  it('loses nothing when it stops: the chain has no gaps', async () => {
    await shop.stop();
    running = false;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const numbers = (await stored()).map(({ chain }) => chain?.seq);
    expect(numbers.length).toBeGreaterThan(100);
    expect(numbers).toEqual(numbers.map((_, i) => i + 1));
  });
});
