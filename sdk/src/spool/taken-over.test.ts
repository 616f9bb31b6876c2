import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parseEntry } from '@auditrail/core';
import { verifyTrail } from '@auditrail/core/verify';
import { createAuditLogger, type AuditLogger } from '../logger/audit-logger.ts';
import type { AuditLoggerOptions } from '../logger/options.ts';
import { isTakenOver, lockSpool } from './lock.ts';

interface Body {
  resourceLogs: { scopeLogs: { logRecords: { body: { stringValue: string } }[] }[] }[];
}

const login = { action: 'user.login', description: 'Ada signed in', actor: { type: 'user' as const, id: '42' } };
let folder: string;
let server: Server;
let up: boolean;
let lines: string[];
let logged: string[];
let loggers: AuditLogger[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'taken-over-'));
  [up, lines, logged, loggers] = [true, [], [], []];
  server = createServer((request, response) => {
    // A plain collector: it cannot answer what Loki holds.
    if (request.method === 'GET') return void response.writeHead(404).end();
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { resourceLogs } = JSON.parse(gunzipSync(Buffer.concat(chunks)).toString()) as Body;
      const records = resourceLogs.flatMap(({ scopeLogs }) => scopeLogs.flatMap(({ logRecords }) => logRecords));
      if (up) lines.push(...records.map(({ body }) => body.stringValue));
      response.writeHead(up ? 200 : 503, { 'content-type': 'application/json' }).end('{}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  for (const logger of loggers) await logger.shutdown({ timeoutMs: 0 });
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

function open(options: Partial<AuditLoggerOptions & { onFailure: 'reject' }> = {}): AuditLogger {
  const { port } = server.address() as AddressInfo;
  const log = { warn: (text: string) => logged.push(text), error: (text: string) => logged.push(`ERROR ${text}`) };
  const endpoint = `http://127.0.0.1:${port}`;
  const logger = createAuditLogger({ service: 'shop', spool: folder, endpoint, maxBackoffMs: 20, log, ...options });
  loggers.push(logger);
  return logger;
}

const many = (logger: AuditLogger, count: number) =>
  Promise.all(Array.from({ length: count }, () => logger.record(login)));
const entries = () => [...new Map(lines.map((line) => [line, parseEntry(line)])).values()];
const errors = () => logged.filter((text) => text.startsWith('ERROR'));

/** As after 60 s without a sign of life: the lock counts as abandoned, and another writer takes the sub-spool. */
function takeOver(): AuditLogger {
  rmSync(join(folder, '0', 'lock'));
  return open();
}

test('a writer whose sub-spool was taken over continues in another one with a new chain; nothing is rejected', async () => {
  up = false;
  const stopped = open();
  const before = await many(stopped, 20);
  const adopter = takeOver();
  const after = await many(stopped, 100);
  const others = await many(adopter, 20);
  up = true;
  await Promise.all([stopped.flush(), adopter.flush()]);
  await Promise.all([stopped.shutdown(), adopter.shutdown()]);

  const all = [...before, ...after, ...others];
  const stored = entries();
  for (const { id, time, seq, hash } of all) {
    const found = stored.filter((entry) => entry.id === id && entry.chain?.seq === seq);
    expect(found).toMatchObject([{ time }]);
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
  }
  const streams = new Set(stored.map(({ chain }) => chain?.stream));
  expect(streams.size).toBe(3);
  const report = await verifyTrail(lines);
  expect(report.findings.filter(({ kind }) => kind !== 'duplicated')).toEqual([]);
  expect(logged.filter((text) => text.includes('continues in'))).toHaveLength(1);
  expect(errors()).toEqual([]);
});

test('also when the other process has delivered the entries and ended, and for `wait: none`', async () => {
  const stopped = open();
  await many(stopped, 5);
  await stopped.flush();
  const adopter = takeOver();
  await adopter.shutdown();
  const [first, second] = await Promise.all([stopped.record(login, { wait: 'none' }), stopped.record(login)]);
  await stopped.flush();
  const { pending } = await stopped.shutdown();
  expect(pending).toBe(0);
  expect(entries().map(({ id }) => id)).toEqual(expect.arrayContaining([first.id, second.id]));
  expect(errors()).toEqual([]);
});

test('a call that waits for a delivery from the lost sub-spool rejects: another process has it', async () => {
  up = false;
  const stopped = open();
  const waiting = stopped.record(login, { wait: 'delivered' });
  const refused = expect(waiting).rejects.toMatchObject({
    code: 'DELIVERY_TIMEOUT',
    message: expect.stringMatching(/another process took the spool over/),
  });
  while (stopped.pending < 2) await new Promise((resolve) => setImmediate(resolve));
  const adopter = takeOver();
  await stopped.record(login);
  up = true;
  await refused;
  await Promise.all([stopped.flush(), adopter.flush()]);
});

test('a missing folder, as after an unmount, does not count as taken over', () => {
  const lock = lockSpool(join(folder, '0'));
  const failure = () => {
    try {
      lock.check();
    } catch (error) {
      return isTakenOver(error);
    }
    return undefined;
  };
  expect(failure()).toBeUndefined();
  rmSync(join(folder, '0'), { recursive: true });
  expect(failure()).toBe(false);
  const other = lockSpool(join(folder, '0'));
  expect(failure()).toBe(true);
  other.release();
  expect(failure()).toBe(true);
  lock.release();
});
