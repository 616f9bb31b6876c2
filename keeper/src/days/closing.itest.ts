import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { canonicalJson, lokiName, parseTime, toAttributes, type AuditEntry } from '@auditrail/core';
import { testStack, uniqueTenant } from '@auditrail/stack';
import { sendEntries, testEntry, waitForTrail } from '@auditrail/stack/testing';
import { exportEngine } from '../serve/engine.ts';
import { serve, type RunningKeeper } from '../serve/serve.ts';
import { SCOPES } from '../serve/tokens.ts';
import { pair, record, request, text } from './testing/otlp-request.ts';

// The real Loki, from which exports read; entries are handed to the keeper as the collector does.
const DAY_MS = 86_400_000;
const COUNT = 1_200;
const stack = testStack();
const tenant = uniqueTenant('closing');
const folder = mkdtempSync(join(tmpdir(), 'auditrail-closing-'));
const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
const [from, to] = [today - 3 * DAY_MS, today - DAY_MS];
const range = { from: `${from}000000`, to: `${to}000000` };

const problems: unknown[] = [];

let keeper: RunningKeeper;
let headers: Record<string, string>;

beforeAll(async () => {
  const { urls, tokensFor } = stack;
  const tokens = { of: (_: string, role: string) => tokensFor(tenant)[role === 'read' ? 'read' : 'write'] };
  keeper = await serve({
    ...{ folder, port: 0, collector: { url: urls.gateway, tokens } },
    engine: exportEngine({ url: urls.gateway, tokens, keyFile: join(folder, 'key.pem') }),
    concurrency: 3,
    // Days are closed again and again, because entries come late.
    intake: { token: 'intake', port: 0, flushRows: 50, flushMs: 30, closeAfterMs: 0, settleMs: 0, everyMs: 10 },
    log: (level, event, details) => void (level !== 'info' && problems.push([event, details])),
    rates: { requests: 1e6, reads: 1e6, starts: 1e6, failures: 1e6 },
  });
  const { secret } = keeper.tokens.create({
    ...{ tenant, name: 'test', scopes: [...SCOPES], expiresMs: Date.now() + DAY_MS },
  });
  headers = { Authorization: `Bearer ${secret}`, 'Content-Type': 'application/json' };
}, 60_000);

afterAll(async () => {
  await keeper.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function ask<T>(path: string, body?: object): Promise<T> {
  const sent = body ? { method: 'POST', body: JSON.stringify(body) } : {};
  const response = await fetch(keeper.url + path, { headers, ...sent });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

const entries = Array.from({ length: COUNT }, (_, i) =>
  testEntry({ description: `number ${i}` }, { msAgo: Date.now() - from - Math.floor(((i * 7_919) % COUNT) * 143_000) }),
);

async function handOver(group: readonly AuditEntry[]): Promise<void> {
  const records = group.map((entry) => {
    const attributes = Object.entries(toAttributes(entry)).flatMap(([key, value]) =>
      typeof value === 'string' ? [pair(lokiName(key), text(value))] : [],
    );
    return record(canonicalJson(entry), { ns: timeOf(canonicalJson(entry)), attributes });
  });
  const response = await fetch(`${keeper.intakeUrl}/v1/logs`, {
    method: 'POST',
    headers: { Authorization: 'Bearer intake', 'X-Scope-OrgID': tenant, 'Content-Type': 'application/x-protobuf' },
    body: new Uint8Array(request(...records)),
  });
  expect(response.status).toBe(200);
}

async function readAll(limit: number): Promise<string[]> {
  const lines: string[] = [];
  for (let after: unknown; ;) {
    const page = { ...range, limit, ...(after !== undefined && { after }) };
    const { entries, next } = await ask<{ entries: { line: string }[]; next?: unknown }>('/v1/entries', page);
    lines.push(...entries.map(({ line }) => line));
    if (next === undefined) return lines;
    after = next;
  }
}

const timeOf = (line: string) => parseTime((JSON.parse(line) as AuditEntry).time) ?? 0n;

async function exported(n: number): Promise<string[]> {
  const wanted = { formats: ['ndjson'], from: new Date(from).toISOString(), to: new Date(to).toISOString() };
  const { id } = await ask<{ id: string }>('/v1/exports', { name: `export ${n}`, ...wanted });
  for (;;) {
    const { status } = await ask<{ status: string }>(`/v1/exports/${id}`);
    if (status === 'completed') break;
    if (status !== 'queued' && status !== 'running') throw new Error(`the export is ${status}`);
    await sleep(50);
  }
  const zip = join(folder, `${n}.zip`);
  const response = await fetch(`${keeper.url}/v1/exports/${id}/files/ndjson`, { headers });
  writeFileSync(zip, Buffer.from(await response.arrayBuffer()));
  const out = join(folder, `export-${n}`);
  expect(spawnSync('python3', ['-m', 'zipfile', '-e', zip, out]).status).toBe(0);
  const name = readdirSync(out).find((each) => each.endsWith('.ndjson')) ?? '';
  return readFileSync(join(out, name), 'utf8').trim().split('\n');
}

it('closing days disturbs neither readers nor exports, and they do not disturb it', async () => {
  for (let at = 0; at < COUNT; at += 300) await sendEntries(stack, tenant, entries.slice(at, at + 300));
  const all = { start: BigInt(range.from), end: BigInt(range.to) };
  await waitForTrail(stack, tenant, COUNT, { range: all });

  const acknowledged: string[] = [];
  const sent = new Set<string>();
  let isWritten = false;
  const write = async () => {
    for (let at = 0; at < COUNT; at += 10) {
      const group = entries.slice(at, at + 10);
      for (const entry of group) sent.add(canonicalJson(entry));
      await handOver(group);
      acknowledged.push(...group.map(canonicalJson));
      await sleep(10);
    }
    isWritten = true;
  };
  let passes = 0;
  const read = async (limit: number) => {
    for (let isLast = false; !isLast; passes++) {
      isLast = isWritten;
      const before = [...acknowledged];
      const [lines, { count }] = await Promise.all([
        readAll(limit),
        ask<{ count: number }>('/v1/entries/count', range),
      ]);
      const found = new Set(lines);
      expect(found.size).toBe(lines.length);
      expect(before.filter((line) => !found.has(line))).toEqual([]);
      expect(lines.filter((line) => !sent.has(line))).toEqual([]);
      const times = lines.map(timeOf);
      expect(times.every((time, i) => i === 0 || time <= (times[i - 1] ?? time))).toBe(true);
      expect(count).toBeGreaterThanOrEqual(before.length);
      expect(count).toBeLessThanOrEqual(sent.size);
    }
  };
  const exports = [exported(1), exported(2), exported(3)];
  await Promise.all([write(), read(37), read(150), read(1_000)]);
  const newestFirst = [...entries].map(canonicalJson).sort((a, b) => (timeOf(a) < timeOf(b) ? 1 : -1));
  for (const lines of await Promise.all(exports)) expect([...lines].sort()).toEqual([...newestFirst].sort());
  expect(await readAll(1_000)).toEqual(newestFirst);

  const db = new DatabaseSync(join(folder, 'keeper.sqlite'), { readOnly: true });
  const segments = () => db.prepare('SELECT rows, closed FROM segments').all() as { rows: number; closed: number }[];
  for (const until = Date.now() + 20_000; segments().length > 2 || segments().some(({ closed }) => !closed);) {
    if (Date.now() > until) throw new Error(`the days are not closed: ${JSON.stringify(segments())}`);
    await sleep(50);
  }
  const numbers = db.prepare('SELECT max(id) AS id FROM segment_ids').get() as { id: number };
  db.close();
  // Logs, segments and merged days: many were made while all this was read.
  expect(numbers.id).toBeGreaterThan(60);
  expect(passes).toBeGreaterThan(6);
  expect(problems).toEqual([]);
  expect(await readAll(1_000)).toEqual(newestFirst);
}, 120_000);
