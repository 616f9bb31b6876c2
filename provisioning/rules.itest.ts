import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { msToNs, normalEmail, type AuditEntryInput } from '@auditrail/core';
import { attack, startShop, type RunningShop } from '@auditrail/example-shop';
import { createAuditLogger, type AuditLogger } from '@auditrail/sdk';
import { startStack, type RunningStack } from '@auditrail/stack';
import { postLogs } from '@auditrail/stack/testing';
import { SETTINGS } from './settings.ts';
import { ALERT_RULES } from './rules.ts';
import { evaluatedRules, firing, type Rule } from './testing/ruler.ts';

// The repository's rule files, which are for the tenant `audit`.
const TENANT = 'audit';
function thresholdsOf(id: string, name: string): { failures: number; minutes: number } {
  const thresholds = ALERT_RULES.find((rule) => rule.id === id)?.thresholds;
  const failures = thresholds?.[name];
  if (!thresholds || failures === undefined) throw new Error(`the rule ${id} has no threshold "${name}"`);
  return { failures, minutes: thresholds.minutes };
}
const bruteForce = thresholdsOf('auditrail-brute-force-ip', 'failures');
const successAfterFailures = thresholdsOf('auditrail-success-after-failures', 'failures');
const roleGranted = { roles: SETTINGS.privilegedRoles };

let folder: string;
let stack: RunningStack;
let shop: RunningShop;
let audit: AuditLogger;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auditrail-rules-'));
  stack = await startStack({ dataDir: join(folder, 'stack'), ruleEvery: '1s' });
  const to = { endpoint: stack.urls.collector, tenant: TENANT, token: stack.tokensFor(TENANT).write };
  audit = createAuditLogger({ service: 'rules-test', spool: join(folder, 'spool'), ...to });
  shop = await startShop({ dataDir: join(folder, 'shop'), demo: true, trustProxy: true, ...to });
}, 120_000);

afterAll(async () => {
  await shop?.stop();
  await audit?.shutdown();
  await stack?.stop();
  await rm(folder, { recursive: true, force: true });
});

const login = (email: string, ip: string, outcome: 'success' | 'failure'): AuditEntryInput => ({
  action: 'user.login',
  channel: 'auth',
  description: `${email} ${outcome === 'success' ? 'signed in' : 'could not sign in'}`,
  outcome,
  actor: { type: 'user', email },
  source: { ip },
});

const grant = (role: string, to: string): AuditEntryInput => ({
  action: 'user.role.granted',
  channel: 'security',
  description: `the role ${role} was granted`,
  actor: { type: 'user', email: 'boss@example.com' },
  target: { type: 'user', id: '7', name: to },
  scope: { role },
});

async function fail(times: number, email: string | ((i: number) => string), ip: string | ((i: number) => string)) {
  const at = (value: string | ((i: number) => string), i: number) => (typeof value === 'string' ? value : value(i));
  await Promise.all(Array.from({ length: times }, (_, i) => audit.record(login(at(email, i), at(ip, i), 'failure'))));
}

async function evaluated(): Promise<Rule[]> {
  await audit.flush({ timeoutMs: 20_000 });
  // Accepted entries are in Loki within the collector's flush time, far less than a second.
  return evaluatedRules(stack.urls.loki, TENANT, Date.now() + 2_000);
}

const firingSummaries = (rules: Rule[], role: string) =>
  rules
    .flatMap(({ alerts }) => alerts)
    .filter(({ labels }) => labels['audit_scope_role'] === role)
    .map(({ annotations }) => annotations['summary'])
    .sort();
const about = (rules: Rule[], text: string) => firing(rules).filter((alert) => alert.includes(text));

describe('the rules in a real ruler', () => {
  it('do not fire for ordinary use', async () => {
    // Just below the thresholds, or failures only after the success.
    await fail(bruteForce.failures - 1, (i) => `office-${i}@example.com`, '192.0.2.1');
    // Most people in an office sign in after all, which distinguishes it from spraying.
    for (let i = 0; i < 10; i += 1) await audit.record(login(`office-${i}@example.com`, '192.0.2.1', 'success'));
    await fail(successAfterFailures.failures - 1, 'clumsy@example.com', '192.0.2.2');
    await audit.record(login('clumsy@example.com', '192.0.2.2', 'success'));
    await audit.record(login('early@example.com', '192.0.2.3', 'success'));
    await fail(successAfterFailures.failures, 'early@example.com', '192.0.2.3');
    await audit.record(grant('staff', 'Ines Weber'));
    await audit.record({ ...grant('admin', 'Ines Weber'), outcome: 'failure' });
    expect(firing(await evaluated())).toEqual([]);
  }, 60_000);

  it('fire at the threshold, by address and by account', async () => {
    await fail(bruteForce.failures, (i) => `spray-${i}@example.com`, '203.0.113.1');
    await fail(successAfterFailures.failures, 'botnet@example.com', (i) => `203.0.113.${100 + i}`);
    await audit.record(login('botnet@example.com', '198.51.100.9', 'success'));
    await audit.record(grant(roleGranted.roles[0] ?? '', 'Mallory'));
    expect(firing(await evaluated())).toEqual([
      'Brute force from one address: client_address=203.0.113.1',
      'Password spraying: client_address=203.0.113.1',
      `Privileged role granted: audit_scope_role=${roleGranted.roles[0]}, audit_target_id=7, audit_target_name=Mallory, who=boss@example.com`,
      'Sign-in after many failures: who=botnet@example.com',
    ]);
  }, 60_000);

  it('fire for one account, however its address is written', async () => {
    const written = ['Grace@Example.com', 'grace@example.com', 'GRACE@EXAMPLE.COM'];
    await fail(
      successAfterFailures.failures + 2,
      (i) => written[i % written.length] ?? '',
      (i) => `203.0.113.${150 + i}`,
    );
    await audit.record(login('grace@Example.com', '198.51.100.10', 'success'));
    expect(about(await evaluated(), 'grace@example.com')).toEqual([
      'Sign-in after many failures: who=grace@example.com',
    ]);
  }, 60_000);

  it('do not fire for a person who fails, signs in, and then tries a locked account', async () => {
    const [email, ip] = ['locked-out@example.com', '192.0.2.20'];
    await fail(2, email, ip);
    await audit.record(login(email, ip, 'success'));
    for (let i = 0; i < 15; i += 1) {
      const error = { code: 'account_locked', message: 'the account is locked' };
      await audit.record({ ...login(email, ip, 'failure'), error });
    }
    await audit.record(login(email, ip, 'success'));
    expect(about(await evaluated(), email)).toEqual([]);
    expect(about(await evaluated(), ip)).toEqual([]);
  }, 60_000);

  it('fire for sign-ins that any OpenTelemetry SDK records', async () => {
    const record = (i: number) => ({
      timeUnixNano: String(msToNs(Date.now()) + BigInt(i)),
      body: { stringValue: 'Sign-in failed' },
      attributes: Object.entries({
        ...{ 'audit.action': 'user.login', 'audit.outcome': 'failure', 'client.address': '203.0.113.77' },
        'user.email': `any-${i}@example.com`,
      }).map(([key, stringValue]) => ({ key, value: { stringValue } })),
    });
    const logRecords = Array.from({ length: bruteForce.failures }, (_, i) => record(i));
    const body = JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] });
    expect((await postLogs(stack.urls.gateway, stack.tokensFor(TENANT).write, body)).status).toBe(200);
    expect(about(await evaluated(), '203.0.113.77')).toEqual([
      'Brute force from one address: client_address=203.0.113.77',
      'Password spraying: client_address=203.0.113.77',
    ]);
  }, 60_000);

  it('fire for attacks on the shop', async () => {
    const { url, accounts } = shop;
    for (const kind of ['brute-force', 'privilege'] as const) await attack({ url, kind, accounts, pauseMs: 1 });
    const rules = await evaluated();
    const admin = accounts.find(({ roles }) => roles.includes('admin'))?.email;
    expect(about(rules, '203.0.113.66')).toEqual(['Brute force from one address: client_address=203.0.113.66']);
    expect(about(rules, '203.0.113.44')).toEqual([
      `Sign-in after many failures: client_address=203.0.113.44, who=${admin}`,
    ]);
    expect(about(rules, `who=${admin}`).filter((alert) => alert.startsWith('Privileged role granted'))).toHaveLength(1);
  }, 60_000);

  it('treat unusual text as data: it does not break rules or run in alerts', async () => {
    const odd = '{{ .Value }} {{ printf "%s" "ran" }} `\'"}\\ $(id) <b>\nnext, a=b';
    await fail(bruteForce.failures, odd, odd);
    await audit.record(login(odd, odd, 'success'));
    await audit.record(grant('admin', odd));
    const alerts = (await evaluated()).flatMap(({ alerts }) => alerts);
    const of = (title: string) =>
      alerts.find(({ labels }) => labels['alertname'] === title && Object.values(labels).includes(odd));
    const shown = odd.replace('<b>\n', '‹b› ');
    expect(of('Brute force from one address')?.annotations['summary']).toBe(
      `${bruteForce.failures} failed sign-ins from ${shown} within ${bruteForce.minutes} minutes`,
    );
    const takeover = of('Sign-in after many failures')?.annotations;
    // An account is compared by the lower case of its address.
    const account = normalEmail(shown);
    expect(takeover?.['summary']).toContain(`${account} signed in from ${shown} after ${bruteForce.failures} failed`);
    // Encoded by Go, and decoded as a browser does.
    const page = new URL(takeover?.['audit_page'] ?? '', 'http://grafana');
    expect(page.searchParams.get('ip')).toBe(odd);
    expect(page.searchParams.get('user')).toBeNull();
    const range = ['from', 'to'].map((name) => Number(page.searchParams.get(name)));
    expect((range[1] ?? 0) - (range[0] ?? 0)).toBe((successAfterFailures.minutes + 2) * 60_000);
    expect(of('Privileged role granted')?.annotations['summary']).toContain(`to ${shown} (7)`);
  }, 60_000);

  it('contain no mentions, line breaks or links from values', async () => {
    const names: [name: string, shown: string][] = [
      ['@channel', ' (at)channel'],
      ['Eve @here @everyone', 'Eve (at)here (at)everyone'],
      ['<!channel> <@U123> <http://evil.example|Open>', '‹!channel›  (at)U123› ‹http[:]//evil.example|Open›'],
      ['[Open](http://evil.example)', '[Open] (http[:]//evil.example)'],
      ['Eve\r\n\u2028Resolved: all is well\u202e', 'Eve Resolved: all is well '],
      ['ada.b+c@example.com', 'ada.b+c@example.com'],
    ];
    for (const [name] of names) await audit.record(grant('owner', name));
    const summaries = firingSummaries(await evaluated(), 'owner');
    expect(summaries).toEqual(
      names.map(([, shown]) => `boss@example.com granted the role owner to ${shown} (7)`).sort(),
    );
  }, 60_000);

  it('find one address among thousands', async () => {
    await fail(
      3_000,
      (i) => `crowd-${i}@example.com`,
      (i) => `2001:db8::${i.toString(16)}`,
    );
    await fail(bruteForce.failures, (i) => `last-${i}@example.com`, '2001:db8:1::1');
    const rules = await evaluated();
    expect(about(rules, '2001:db8')).toEqual([
      'Brute force from one address: client_address=2001:db8:1::1',
      'Password spraying: client_address=2001:db8:1::1',
    ]);
  }, 120_000);
});
