import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuditError, msToNs } from '@auditrail/core';
import type { LokiLine } from '@auditrail/core/loki';
import fc from 'fast-check';
import { Days } from '../days/days.ts';
import { openDatabase } from '../serve/database.ts';
import { fakeLoki, type FakeLoki } from '../testing/fake-loki.ts';
import { CatchUpStore, type Progress } from './store.ts';
import { CATCH_UP_TIMING, TenantCatchUp } from './tenant-catch-up.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const TENANT = 'audit';
const START = Date.UTC(2026, 10, 20, 12, 30);

let folder: string;
let db: ReturnType<typeof openDatabase>;
let days: Days;
let loki: FakeLoki;
let nowMs: number;
let tickMs: number;
let catchUp: TenantCatchUp;
let store: CatchUpStore;
const logged: { event: string; [detail: string]: unknown }[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'auditrail-catch-up-'));
  [nowMs, tickMs] = [START, 0];
  logged.length = 0;
  loki = fakeLoki();
  loki.labels = { audit_channel: 'auth' };
  loki.limits = { retention_period: '30d' };
  db = openDatabase(folder);
  days = await Days.open({
    ...{ db, folder: join(folder, 'days'), log: () => {}, now: () => nowMs },
    everyMs: 24 * HOUR,
  });
  open();
});
afterEach(async () => {
  await days.close();
  db.close();
  rmSync(folder, { recursive: true, force: true });
});

/** As at the start of the keeper. */
function open(): void {
  store = new CatchUpStore(db, TENANT);
  catchUp = new TenantCatchUp({
    ...{ days, loki, store, tenant: TENANT, now: () => (nowMs += tickMs) },
    log: (_, event, details = {}) => void logged.push({ event, ...details }),
    timing: { ...CATCH_UP_TIMING, confirmMs: 0 },
    signal: new AbortController().signal,
  });
}

async function rounds(minutes: number): Promise<void> {
  for (let i = 0; i < minutes; i++) {
    nowMs += MINUTE;
    expect(await catchUp.round(Infinity)).toBe(false);
  }
}

const lineAt = (ms: number, n = 0): LokiLine => ({
  ns: msToNs(ms) + BigInt(n),
  line: JSON.stringify({ id: `id-${ms}-${n}`, what: 'a line that is not an entry' }),
});
const toLoki = (...lines: LokiLine[]) => loki.lines.push(...lines);
const toKeeper = (...lines: LokiLine[]) =>
  days.add(
    TENANT,
    lines.map(({ ns, line }) => ({ ns, line, arrivalNs: msToNs(nowMs), metadata: { audit_channel: 'auth' } })),
  );
const count = async () => (await (await days.reader(TENANT)).lineKeys({ start: 0n, end: 2n ** 62n })).length;
const state = () => {
  const { added } = store.progress ?? {};
  const { due, missingInLoki } = store.summary(Number.MAX_SAFE_INTEGER);
  return { added, waiting: due, missingInLoki };
};
const SAME = { added: 0, waiting: 0, missingInLoki: 0 };
const linesRead = () => loki.requests.filter(({ limit }) => limit > 0).length;

it('adds what the keeper misses, of the newest minutes and of all that Loki keeps, and says so', async () => {
  toLoki(lineAt(START - 29 * 24 * HOUR), lineAt(START - HOUR, 1), lineAt(START - 5 * MINUTE), lineAt(START, 7));
  // Exactly at the end of a minute.
  toLoki(lineAt(START - 10 * MINUTE), lineAt(START - 10 * MINUTE, 1));
  await rounds(4);
  expect(await count()).toBe(0);
  await rounds(10);
  expect(await count()).toBe(6);
  expect(state()).toEqual({ ...SAME, added: 6 });
  expect(new Set(logged.map(({ event }) => event))).toEqual(
    new Set(['entries that the keeper had missed were added from Loki']),
  );
  expect(logged.reduce((sum, { entries }) => sum + Number(entries), 0)).toBe(6);
});

it('takes nothing for missing that arrives within the margin, or the grace', async () => {
  toLoki(lineAt(START - HOUR), lineAt(START - 29 * 24 * HOUR));
  await toKeeper(...loki.lines);
  await rounds(3);
  const late = [lineAt(nowMs), lineAt(nowMs - 3 * HOUR), lineAt(nowMs - 20 * 24 * HOUR)];
  toLoki(...late);
  await rounds(4);
  await toKeeper(...late);
  await rounds(70);
  const early = lineAt(nowMs - 3 * HOUR, 5);
  await toKeeper(early);
  await rounds(10);
  toLoki(early);
  await rounds(70);
  expect(state()).toEqual(SAME);
  expect(logged).toEqual([]);
});

it('reports what Loki lacks after the grace, and no longer when Loki has it', async () => {
  const [a, b] = [lineAt(START - 30 * MINUTE), lineAt(START - 30 * MINUTE, 1)];
  toLoki(lineAt(START - 3 * HOUR));
  await toKeeper(a, b, ...loki.lines);
  await rounds(14);
  expect(state().missingInLoki).toBe(0);
  await rounds(10);
  expect(state()).toEqual({ ...SAME, missingInLoki: 2 });
  expect(logged).toMatchObject([{ event: 'Loki lacks entries that the keeper holds', entries: 2, tenant: TENANT }]);
  expect(store.summary(0).examples.length).toBe(2);
  const read = linesRead();
  open();
  await rounds(60);
  expect(linesRead()).toBe(read);
  toLoki(a);
  await rounds(70);
  expect(state()).toEqual({ ...SAME, missingInLoki: 1 });
  toLoki(b);
  await rounds(70);
  expect(state()).toEqual(SAME);
});

it('does not report what Loki lacks while Loki does not answer, and for a while afterwards', async () => {
  await toKeeper(lineAt(START - 30 * MINUTE));
  loki.before = () => {
    throw new Error('away');
  };
  for (let i = 0; i < 30; i++) {
    nowMs += MINUTE;
    await expect(catchUp.round(Infinity)).rejects.toThrow('away');
  }
  loki.before = () => {};
  await rounds(14);
  expect(state().missingInLoki).toBe(0);
  await rounds(12);
  expect(state().missingInLoki).toBe(1);
});

it('reads windows with copies once', async () => {
  const line = lineAt(START - HOUR);
  toLoki(line, line, lineAt(START - 50 * MINUTE));
  await toKeeper(...loki.lines);
  await rounds(10);
  expect(state()).toEqual(SAME);
  const read = linesRead();
  expect(read).toBeGreaterThan(0);
  await rounds(130);
  expect(linesRead()).toBe(read);
  expect(logged).toEqual([]);
});

it('does not report what retention has removed, whole streams or others', async () => {
  loki.limits = { retention_period: '30d', retention_stream: [{ selector: '{audit_channel="auth"}', period: '10d' }] };
  const lines = [9, 12, 29, 31, 50].map((ago) => lineAt(START - ago * 24 * HOUR));
  await toKeeper(...lines);
  await rounds(30);
  expect(state()).toEqual({ ...SAME, missingInLoki: 1 });
  // Until that one is too old as well.
  nowMs += 25 * 24 * HOUR;
  await rounds(30);
  expect(state()).toEqual(SAME);
});

it('goes on after a restart', async () => {
  const lines = Array.from({ length: 100 }, (_, i) => lineAt(START - i * 5 * HOUR));
  toLoki(...lines);
  await toKeeper(...lines.slice(50));
  let restarts = 0;
  // Each look at the clock takes a while.
  tickMs = 200;
  for (nowMs += 10 * MINUTE; await catchUp.round(nowMs + 3_000); restarts++) {
    nowMs += MINUTE;
    open();
  }
  tickMs = 0;
  expect(restarts).toBeGreaterThan(3);
  await rounds(10);
  expect(state()).toEqual({ ...SAME, added: 50 });
  expect(await count()).toBe(100);
});

it.each([500, 1_500, 60_000])('compares all hours while Loki needs %d ms or more for an answer', async (ms) => {
  const lines = Array.from({ length: 60 }, (_, i) => lineAt(START - i * 11 * HOUR));
  toLoki(...lines);
  await toKeeper(...lines.slice(1));
  tickMs = ms;
  await catchUp.round(Infinity);
  tickMs = 0;
  await rounds(10);
  expect(await count()).toBe(60);
  expect(state()).toEqual({ ...SAME, added: 1 });
});

it('asks for shorter ranges if an answer is too much for Loki', async () => {
  toLoki(...Array.from({ length: 60 }, (_, i) => lineAt(START - i * 11 * HOUR)));
  loki.before = ({ start, end, limit }) => {
    if (limit === 0 && end - start > msToNs(7 * HOUR)) {
      throw new AuditError('LOKI_REFUSED', 'too long', { status: 504 });
    }
  };
  await rounds(10);
  expect(state()).toEqual({ ...SAME, added: 60 });
});

it('compares everything after a pause, every day, and on request', async () => {
  toLoki(lineAt(START - HOUR));
  await toKeeper(...loki.lines);
  await rounds(10);
  const missed = async (n: number, afterMs: number) => {
    toLoki(lineAt(START - 250 * HOUR, n));
    nowMs += afterMs;
    await rounds(10);
    expect(state()).toEqual({ ...SAME, added: n });
  };
  await missed(1, 20 * MINUTE);
  catchUp.compareEverything();
  await missed(2, 0);
  toLoki(lineAt(START - 250 * HOUR, 3));
  await rounds(60);
  expect(state().added).toBe(2);
  const { fullDoneMs = 0 } = store.progress ?? {};
  store.progress = { ...(store.progress as Progress), fullDoneMs: fullDoneMs - 24 * HOUR };
  await rounds(10);
  expect(state().added).toBe(3);
});

it('ends equal, and reports exactly what Loki lacks, whatever each of them lost', async () => {
  const fate = fc.constantFrom('both', 'both', 'loki', 'keeper', 'twice');
  const line = fc.record({ minutesAgo: fc.integer({ min: 0, max: 3_000 }), n: fc.integer({ min: 0, max: 3 }), fate });
  const uniqueLines = fc.uniqueArray(line, { selector: ({ minutesAgo, n }) => `${minutesAgo} ${n}`, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(uniqueLines, async (lines) => {
      await days.close();
      db.close();
      rmSync(folder, { recursive: true });
      [nowMs, logged.length, loki.lines] = [START, 0, []];
      db = openDatabase(folder);
      days = await Days.open({ db, folder: join(folder, 'days'), log: () => {}, now: () => nowMs, everyMs: 24 * HOUR });
      open();
      for (const { minutesAgo, n, fate } of lines) {
        const made = lineAt(START - minutesAgo * MINUTE, n);
        if (fate !== 'keeper') toLoki(made);
        if (fate === 'twice') toLoki(made);
        if (fate !== 'loki') await toKeeper(made);
      }
      await rounds(40);
      const lost = (wanted: string) => lines.filter(({ fate }) => fate === wanted).length;
      expect(state()).toEqual({ added: lost('loki'), waiting: 0, missingInLoki: lost('keeper') });
    }),
    { numRuns: 25 },
  );
}, 60_000);
