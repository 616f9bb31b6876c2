import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonicalJson, toAttributes, lokiName } from '@auditrail/core';
import fc from 'fast-check';
import { openDatabase } from '../serve/database.ts';
import { Days } from './days.ts';
import type { StoredRecord } from './columns.ts';

const DAY_MS = 86_400_000;
const TENANT = 'audit';
let root: string;
let folder: string;
let nowMs: number;
let flushRows: number;
let days: Days;
let db: ReturnType<typeof openDatabase>;
const logged: unknown[][] = [];

async function start(at: string): Promise<void> {
  folder = at;
  db = openDatabase(folder);
  days = await Days.open({
    ...{ db, folder: join(folder, 'days'), log: (...line) => void logged.push(line), now: () => nowMs },
    ...{ flushRows, closeAfterMs: 3_600_000, settleMs: 60_000, everyMs: 3_600_000 },
  });
}

async function stop(): Promise<void> {
  await days.close();
  db.close();
}

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'auditrail-days-'));
  nowMs = Date.UTC(2026, 10, 20, 12);
  flushRows = 40;
  logged.length = 0;
  await start(join(root, 'a'));
});

afterEach(async () => {
  await stop();
  rmSync(root, { recursive: true, force: true });
});

/** An entry of some minute before now. */
function record(minutesAgo: number, n: number): StoredRecord {
  const ns = BigInt(Date.UTC(2026, 10, 20, 12) - minutesAgo * 60_000) * 1_000_000n + BigInt(n);
  const entry = {
    ...{ schema: 2 as const, id: `0193${String(n).padStart(4, '0')}-0000-7000-8000-000000000000`, service: 'shop' },
    ...{ time: new Date(Number(ns / 1_000_000n)).toISOString(), action: 'user.login', event: 'login', channel: 'auth' },
    ...{ category: 'user' as const, outcome: 'success' as const, description: `entry ${n}` },
    actor: { type: 'user' as const, id: `u${n % 7}`, email: `user${n % 7}@example.com` },
  };
  const metadata = new Map(Object.entries(toAttributes(entry)).map(([key, value]) => [lokiName(key), String(value)]));
  return { ns, arrivalNs: BigInt(nowMs) * 1_000_000n, line: canonicalJson(entry), metadata };
}

const ALL = { start: 0n, end: 2n ** 62n };

async function linesIn(range = ALL): Promise<string[]> {
  const reader = await days.reader(TENANT);
  const rows = await reader.rows({ range, limit: 100_000 });
  expect(await reader.count({ range })).toBe(rows.length);
  return rows.map(({ line }) => line);
}

const newestFirst = (records: readonly StoredRecord[]) =>
  [...new Map(records.map((one) => [one.line, one])).values()]
    .sort((a, b) => (a.ns < b.ns ? 1 : -1))
    .map(({ line }) => line);

test('returns each entry once, newest first, whatever is merged, restarted or killed in between', async () => {
  const step = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ add: fc.array(fc.tuple(fc.nat(4 * 1440), fc.nat(300)), { minLength: 1, maxLength: 60 }) }),
    },
    fc.constant('maintain' as const),
    fc.constant('flush' as const),
    fc.constant('next day' as const),
    fc.constant('restart' as const),
    fc.constant('kill' as const),
  );
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      await stop();
      nowMs = Date.UTC(2026, 10, 20, 12);
      await start(join(root, `run-${run++}`));
      const known: StoredRecord[] = [];
      for (const one of steps) {
        if (typeof one === 'object') {
          const records = one.add.map(([minutes, n]) => record(minutes, n));
          await days.add(TENANT, records);
          known.push(...records);
        } else if (one === 'maintain') await days.maintain();
        else if (one === 'flush') await days.maintain({ everything: true });
        else if (one === 'next day') {
          nowMs += DAY_MS;
          await days.maintain();
          nowMs += 60_000;
          await days.maintain();
        } else {
          // Killed: what is on disk is all that is left.
          const next = join(root, `run-${run++}`);
          if (one === 'kill') cpSync(folder, next, { recursive: true });
          await stop();
          await start(one === 'kill' ? next : folder);
        }
        expect(await linesIn()).toEqual(newestFirst(known));
      }
      expect(logged).toEqual([]);
    }),
    { numRuns: 15 },
  );
}, 120_000);

test('a day that is over becomes one segment, and a late entry is added to it', async () => {
  const records = Array.from({ length: 200 }, (_, n) => record(n, n));
  for (let at = 0; at < 200; at += 20) await days.add(TENANT, records.slice(at, at + 20));
  nowMs += 2 * DAY_MS;
  await days.maintain();
  nowMs += 60_000;
  await days.maintain();
  const parquets = () => readdirSync(join(folder, 'days', TENANT)).filter((name) => name.endsWith('.parquet'));
  expect(parquets()).toHaveLength(1);
  const late = record(100, 999);
  await days.add(TENANT, [late, ...records]);
  expect(await linesIn()).toEqual(newestFirst([...records, late]));
  await days.maintain({ everything: true });
  // More may come late.
  expect(parquets()).toHaveLength(2);
  nowMs += 60_000;
  await days.maintain();
  expect(parquets()).toHaveLength(1);
  expect(await linesIn()).toEqual(newestFirst([...records, late]));
});

test('pages end where the next one begins, also within one nanosecond', async () => {
  const same = Array.from({ length: 90 }, (_, n) => ({ ...record(5, n), ns: 1_764_288_000_000_000_000n }));
  await days.add(TENANT, same);
  await days.maintain({ everything: true });
  const reader = await days.reader(TENANT);
  const seen: string[] = [];
  for (let after; ;) {
    const page = await reader.rows({ range: ALL, limit: 7, after });
    seen.push(...page.map(({ line }) => line));
    after = page.at(-1);
    if (page.length < 7) break;
  }
  expect(seen).toHaveLength(90);
  expect(new Set(seen).size).toBe(90);
});

test('a page of long lines has fewer of them, and the next one continues behind it', async () => {
  const records = Array.from({ length: 60 }, (_, n) => record(n, n));
  await days.add(TENANT, records);
  const reader = await days.reader(TENANT);
  const bytes = 3.5 * (records[0]?.line.length ?? 0);
  const seen: string[] = [];
  for (let after; ;) {
    const { rows, more } = await reader.page({ range: ALL, limit: 50, after, bytes });
    expect(rows.length).toBeLessThan(5);
    seen.push(...rows.map(({ line }) => line));
    after = rows.at(-1);
    if (!more) break;
  }
  expect(seen).toEqual(newestFirst(records));
  expect((await reader.page({ range: ALL, limit: 50, bytes: 1 })).rows).toHaveLength(1);
});

test('a question that is aborted is not answered, and the next one is', async () => {
  await days.add(TENANT, [record(1, 1)]);
  const aborted = await days.reader(TENANT, AbortSignal.abort(new Error('gone')));
  await expect(aborted.count({ range: { start: 0n, end: 2n } })).resolves.toBe(0);
  await expect(aborted.rows({ range: ALL, limit: 1 })).rejects.toThrow('gone');
  expect(await linesIn()).toHaveLength(1);
});

test('entries that arrive while a question waits are found in their own range only', async () => {
  await days.add(TENANT, [record(10, 1)]);
  const range = { start: record(20, 0).ns, end: record(5, 0).ns };
  const questions = Array.from({ length: 20 }, async () => (await days.reader(TENANT)).count({ range }));
  await days.add(TENANT, [record(60, 2), record(1, 3)]);
  expect(await Promise.all(questions)).toEqual(questions.map(() => 1));
});

test('tenants whose names differ in case only are two', async () => {
  await days.add('Team', [record(1, 1)]);
  await days.add('team', [record(1, 2), record(1, 3)]);
  expect(await (await days.reader('Team')).count({ range: ALL })).toBe(1);
  expect(await (await days.reader('team')).count({ range: ALL })).toBe(2);
});

test('entries are kept and found while no segment can be written, and are written once it is possible', async () => {
  const records = Array.from({ length: 60 }, (_, n) => record(n, n));
  await days.add(TENANT, records.slice(0, 30));
  const inFolder = () => readdirSync(join(folder, 'days', TENANT)).filter((name) => !name.endsWith('.log'));
  // Folders of the names that the next segments would have.
  const blocked = Array.from({ length: 20 }, (_, i) =>
    join(folder, 'days', TENANT, `${String(i).padStart(10, '0')}.lines.tmp`),
  );
  for (const path of blocked) mkdirSync(path);
  await days.maintain({ everything: true });
  expect(logged).toMatchObject([['error', 'entries could not be made into segments', { tenant: TENANT }]]);
  expect(inFolder()).toHaveLength(blocked.length);
  await days.add(TENANT, records.slice(30));
  expect(await linesIn()).toEqual(newestFirst(records));
  for (const path of blocked) rmSync(path, { recursive: true });
  await days.maintain({ everything: true });
  expect(inFolder().length).toBeGreaterThan(0);
  expect(readdirSync(join(folder, 'days', TENANT)).filter((name) => name.endsWith('.log'))).toHaveLength(1);
  expect(await linesIn()).toEqual(newestFirst(records));
});

test('the logs of a long failure are taken up, however many they are', async () => {
  const records = Array.from({ length: 120 }, (_, n) => record(n, n));
  const many = join(root, 'many');
  mkdirSync(join(many, 'days', TENANT), { recursive: true });
  for (let group = 0; group < 12; group++) {
    await stop();
    await start(join(root, `group-${group}`));
    await days.add(TENANT, records.slice(group * 10, group * 10 + 10));
    const logFile = readdirSync(join(folder, 'days', TENANT)).find((name) => name.endsWith('.log')) ?? '';
    cpSync(join(folder, 'days', TENANT, logFile), join(many, 'days', TENANT, `00000010${10 + group}.log`));
  }
  await stop();
  flushRows = 5;
  await start(many);
  expect(logged).toEqual([]);
  expect(await linesIn()).toEqual(newestFirst(records));
});

test('damaged files of one tenant do not keep the others from their entries', async () => {
  await days.add(TENANT, [record(1, 1)]);
  await days.add('other', [record(1, 2)]);
  await days.maintain({ everything: true });
  await stop();
  const damaged = join(folder, 'days', TENANT);
  for (const name of readdirSync(damaged)) if (name.endsWith('.parquet')) writeFileSync(join(damaged, name), 'PAR1');
  await start(folder);
  await expect(days.add(TENANT, [record(2, 3)])).rejects.toThrow();
  await expect((await days.reader(TENANT)).rows({ range: ALL, limit: 1 })).rejects.toThrow();
  expect(await (await days.reader('other')).count({ range: ALL })).toBe(1);
});

test('a query that began before a merge ends on what it began with', async () => {
  const records = Array.from({ length: 100 }, (_, n) => record(n, n));
  await days.add(TENANT, records.slice(0, 50));
  await days.maintain({ everything: true });
  await days.add(TENANT, records.slice(50));
  nowMs += 2 * DAY_MS;
  const asked = Promise.all(Array.from({ length: 5 }, () => linesIn()));
  await days.maintain({ everything: true });
  for (const lines of await asked) expect(lines).toEqual(newestFirst(records));
  expect(await linesIn()).toEqual(newestFirst(records));
});

test('of lines that differ only in their chain, one is an entry and the others are its repetitions', async () => {
  const { line, ...rest } = record(1, 1);
  const chained = (seq: number): StoredRecord => ({
    ...rest,
    line: line.replace('"channel"', `"chain":{"prev":null,"seq":${seq},"stream":"s"},"channel"`),
  });
  await days.add(TENANT, [chained(1), chained(2), chained(1)]);
  const reader = await days.reader(TENANT);
  expect(await reader.count({ range: ALL })).toBe(1);
  expect(await reader.rows({ range: ALL, limit: 9, everyLine: true })).toHaveLength(2);
});

test('a repetition in one request is recognized, however many days the request has', async () => {
  const day = 1440;
  const records = [0, 1, 2, 3, 4, 5, 6].map((n) => record(n * day, n));
  expect(await days.add(TENANT, [...records, ...records])).toBe(7);
  expect(await days.add(TENANT, [...records].reverse())).toBe(0);
  expect(await linesIn()).toEqual(newestFirst(records));
});

test('one text at two times is two lines', async () => {
  const one = record(1, 1);
  await days.add(TENANT, [one, { ...one, ns: one.ns + 1n }, one]);
  expect(await linesIn()).toHaveLength(2);
});

test('counts in steps of time, and values by how frequent they are', async () => {
  await days.add(
    TENANT,
    Array.from({ length: 70 }, (_, n) => record(n, n)),
  );
  const reader = await days.reader(TENANT);
  const minute = 60_000_000_000n;
  const range = { start: BigInt(nowMs) * 1_000_000n - 69n * minute, end: BigInt(nowMs) * 1_000_000n + minute };
  const volume = await reader.volume({ range }, 10n * minute);
  expect(volume.map(({ count }) => count)).toEqual([10, 10, 10, 10, 10, 10, 10]);
  expect(volume[1]).toEqual({ startNs: range.start + 10n * minute, outcome: 'success', count: 10 });
  expect((await reader.values('email', { range }, 2)).map(({ count }) => count)).toEqual([10, 10]);
});
