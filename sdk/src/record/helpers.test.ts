import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuditError, canonicalJson } from '@auditrail/core';
import { SIGN_IN_ACTIONS } from '../../../provisioning/dashboards/sign-in-queries.ts';
import { runWithContext, withRequest } from '../context/index.ts';
import { BulkRecordError, recordAll } from './bulk.ts';
import { recordRead } from './read.ts';
import { runJob } from './jobs.ts';
import { signIn } from './sign-in.ts';
import { lineHash } from '../chain/chain.ts';
import { createAuditLogger } from '../logger/audit-logger.ts';
import { memoryAudit } from '../logger/testing.ts';

const ada = { type: 'user', id: '1', name: 'Ada Lovelace', email: 'ada@example.com' } as const;
const request = {
  source: { ip: '192.0.2.7', userAgent: 'Browser' },
  request: { method: 'GET', endpoint: '/users/:id' },
};

describe('recordRead', () => {
  const read = { subject: { type: 'user', id: '42', name: 'Grace' }, page: '/users/:id', fields: ['email'] };

  test('records viewer, subject, address and page', async () => {
    const audit = memoryAudit();
    await runWithContext({ actor: ada, ...request }, () => recordRead(audit, read));
    await recordRead(audit, { ...read, subject: { type: 'hardware', id: 'h1' }, viewer: ada, ip: '198.51.100.1' });
    expect(audit.entries).toMatchObject([
      {
        action: 'pii.read.user',
        event: 'read',
        channel: 'pii-read',
        category: 'user',
        description: 'Personal data of user Grace viewed',
        actor: ada,
        source: request.source,
        request: request.request,
        target: { type: 'user', id: '42', name: 'Grace' },
        properties: { page: '/users/:id', fields: ['email'] },
      },
      { action: 'pii.read.hardware', actor: ada, source: { ip: '198.51.100.1' }, target: { id: 'h1' } },
    ]);
  });

  test('refuses a read without a viewer, and a subject type that is not a word', async () => {
    const audit = memoryAudit();
    await expect(recordRead(audit, read)).rejects.toMatchObject({ code: 'INVALID_ENTRY', issues: [{ path: 'actor' }] });
    const subject = { type: 'sales order', id: '1' };
    await expect(recordRead(audit, { ...read, viewer: ada, subject })).rejects.toMatchObject({
      issues: [{ path: 'action' }],
    });
  });
});

describe('signIn', () => {
  test('only attempts have the actions that the alert rules count', async () => {
    const audit = memoryAudit();
    await runWithContext(request, async () => {
      await signIn.failure(audit, {
        actor: { type: 'user', email: 'ada@example.com' },
        error: { code: 'wrong_password', message: 'wrong password' },
        reason: 'OPS-7: test of the lock',
      });
      await signIn.mfaChallenged(audit, { actor: ada, method: 'totp' });
      await signIn.mfaFailed(audit, { actor: ada, method: 'totp' });
      await signIn.mfaDenied(audit, { actor: ada, method: 'push' });
      await signIn.success(audit, { actor: ada, method: 'password', properties: { remember: true } });
      await signIn.lockedOut(audit, { actor: ada, until: '2026-11-21T07:00:00Z' });
      await signIn.signedOut(audit, { actor: ada });
    });
    const attempts = audit.entries.filter(({ action }) => SIGN_IN_ACTIONS.includes(action));
    expect(attempts.map(({ event, outcome }) => [event, outcome])).toEqual([
      ['login', 'failure'],
      ['mfa_failed', 'failure'],
      ['login', 'success'],
    ]);
    for (const { actor, source } of attempts)
      expect([actor.email, source?.ip]).toEqual(['ada@example.com', '192.0.2.7']);
    expect(audit.entries).toMatchObject([
      {
        description: 'ada@example.com could not sign in',
        error: { code: 'wrong_password', message: 'wrong password' },
        reason: 'OPS-7: test of the lock',
      },
      { action: 'user.mfa.challenged', outcome: 'success', properties: { method: 'totp' } },
      { error: { code: 'mfa_failed', message: 'wrong second factor' }, properties: { method: 'totp' } },
      {
        ...{ action: 'user.mfa.denied', event: 'denied', channel: 'auth', outcome: 'failure' },
        ...{ error: { code: 'mfa_denied', message: 'second factor denied' }, properties: { method: 'push' } },
      },
      {
        description: 'Ada Lovelace signed in',
        target: { type: 'user', id: '1' },
        properties: { remember: true, method: 'password' },
      },
      {
        action: 'user.locked',
        channel: 'security',
        description: 'Ada Lovelace was locked out',
        actor: { type: 'system', id: 'lockout' },
        target: { type: 'user', id: '1', name: 'Ada Lovelace' },
        changes: [{ path: 'lockedUntil', before: null, after: '2026-11-21T07:00:00Z' }],
      },
      { action: 'user.logout', channel: 'auth', event: 'logout' },
    ]);
  });

  test('fields that the caller sets win', async () => {
    const audit = memoryAudit();
    await signIn.success(audit, {
      actor: ada,
      description: 'In by magic link',
      channel: 'portal',
      source: { ip: '::1' },
    });
    expect(audit.entries).toMatchObject([
      { description: 'In by magic link', channel: 'portal', source: { ip: '::1' } },
    ]);
  });
});

describe('runJob', () => {
  test('the job is the actor of its run and of the entries in it', async () => {
    const audit = memoryAudit();
    const result = await runJob(audit, { name: 'nightly', title: 'Nightly jobs' }, async (run) => {
      await withRequest(audit).record({ action: 'product.restocked', description: 'Restocked' });
      run.properties['products'] = 1;
      return 'done';
    });
    expect(result).toBe('done');
    const actor = { type: 'system', id: 'nightly', name: 'Nightly jobs' };
    expect(audit.entries).toMatchObject([
      { action: 'product.restocked', actor, category: 'task', request: { operation: 'nightly' } },
      {
        action: 'job.finished',
        channel: 'jobs',
        category: 'task',
        description: 'Nightly jobs finished',
        outcome: 'success',
        actor,
        properties: { products: 1, durationMs: expect.any(Number) },
      },
    ]);
  });

  test('a failed run is recorded, and its error reaches the caller', async () => {
    const audit = memoryAudit();
    const error = Object.assign(new Error('no space'), { code: 'ENOSPC' });
    const run = runJob(audit, { name: 'backup' }, () => {
      throw error;
    });
    await expect(run).rejects.toBe(error);
    expect(audit.entries).toMatchObject([
      { action: 'job.failed', outcome: 'failure', error: { code: 'ENOSPC', message: 'no space' } },
    ]);
  });

  test('a run whose entry cannot be recorded rejects', async () => {
    const audit = memoryAudit();
    audit.fail = new AuditError('SPOOL_FULL', 'full');
    await expect(runJob(audit, { name: 'backup' }, () => 1)).rejects.toBe(audit.fail);
    const error = new Error('no space');
    await expect(runJob(audit, { name: 'backup' }, () => Promise.reject(error))).rejects.toMatchObject({
      errors: [error, audit.fail],
      cause: error,
    });
    expect(audit.entries).toEqual([]);
  });
});

describe('recordAll', () => {
  const entry = (n: number) => ({ action: 'row.imported', description: `${n}`, actor: ada });
  const numbers = Array.from({ length: 1_000 }, (_, n) => n);

  test('returns one receipt per entry, in order, from arrays and streams', async () => {
    const audit = memoryAudit();
    async function* stream() {
      for (const n of numbers) yield await Promise.resolve(entry(n));
    }
    for (const entries of [numbers.map(entry), stream()]) {
      audit.entries.length = 0;
      const receipts = await recordAll(audit, entries);
      expect(audit.entries.map(({ description }) => Number(description))).toEqual(numbers);
      expect(receipts.map(({ id }) => id)).toEqual(audit.entries.map(({ id }) => id));
    }
    await expect(recordAll(audit, [])).resolves.toEqual([]);
  });

  test('reports a result for each entry', async () => {
    const audit = memoryAudit();
    const inputs = [entry(0), { ...entry(1), action: 'not an action' }, entry(2)];
    const error = await recordAll(audit, inputs).catch((e: unknown) => e as BulkRecordError);
    expect(error).toBeInstanceOf(BulkRecordError);
    expect(error).toMatchObject({
      code: 'INVALID_ENTRY',
      message: expect.stringContaining('1 of 3 entries were not recorded; entry 1:'),
      issues: [{ path: '1.action' }],
      results: [
        { receipt: { id: audit.entries[0]?.id } },
        { error: { code: 'INVALID_ENTRY' } },
        { receipt: { id: audit.entries[1]?.id } },
      ],
    });
    expect(audit.entries.map(({ description }) => description)).toEqual(['0', '2']);
  });

  test('reads no faster than it writes, and passes on errors that are not AuditErrors', async () => {
    const audit = memoryAudit();
    let read = 0;
    function* endless() {
      for (;;) yield entry(read++);
    }
    audit.fail = new TypeError('a bug');
    await expect(recordAll(audit, endless())).rejects.toBe(audit.fail);
    expect(read).toBeLessThanOrEqual(256);
  });
});

describe('memoryAudit', () => {
  test('prepares entries as the real logger does, with the same options', async () => {
    const input = {
      action: 'user.updated',
      description: 'token=abc',
      actor: ada,
      properties: { at: new Date(0), password: 'x', n: 1n, iban: 'DE1', text: 'x'.repeat(1_000_000) },
    };
    const redact = { keys: ['iban'] };
    const folder = mkdtempSync(join(tmpdir(), 'memory-audit-'));
    const log = { warn: () => undefined, error: () => undefined };
    const real = createAuditLogger({ service: 'test', spool: folder, endpoint: 'http://127.0.0.1:9', redact, log });
    try {
      const memory = memoryAudit('test', { redact });
      const receipt = await memory.record(input);
      await real.record(input);
      const stored = readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .map((name) => join(folder, name))
        .filter((path) => statSync(path).isFile())
        .map((path) => readFileSync(path, 'latin1'))
        .join();
      const [entry] = memory.entries;
      expect(entry).toMatchObject({
        description: 'token=[redacted]',
        properties: { at: '1970-01-01T00:00:00.000Z', password: '[redacted]', n: '1', iban: '[redacted]' },
      });
      for (const [name, value] of Object.entries(entry?.properties ?? {})) {
        if (name !== '$full') expect(stored).toContain(`"${name}":${JSON.stringify(value)}`);
      }
      expect(receipt.hash).toBe(lineHash(canonicalJson(entry as never)));
    } finally {
      await real.shutdown({ timeoutMs: 0 });
      rmSync(folder, { recursive: true });
    }
  });
});
