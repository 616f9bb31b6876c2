import { act, renderHook } from '@testing-library/react';
import { AuditError, msToNs } from '@auditrail/core';
import { type TrailLine } from '@auditrail/core/loki';
import { lokiSource } from '@auditrail/core/source';
import { FakeLoki, storedLine } from '../testing/fake-loki.ts';
import { LIVE_MOST, LIVE_OVERLAP_MS, type LiveReader } from './live-reads.ts';
import { LATE_EVERY_MS, LIVE_EVERY_MS, useLive } from './use-live.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const START = msToNs(NOW - 3_600_000);
const at = (msAgo: number) => storedLine({ time: new Date(Date.now() - msAgo).toISOString() });

let loki: FakeLoki;
let found: TrailLine[];
let tooMany: boolean;
let reader: LiveReader;
let hidden: boolean;

beforeEach(() => {
  jest.useFakeTimers({ now: NOW });
  loki = new FakeLoki();
  [found, tooMany, hidden] = [[], false, false];
  const has = (key: string) => found.some((line) => line.key === key);
  reader = {
    has,
    newest: () => found[0]?.ns,
    loaded: (end) => ({ start: START, rows: found.filter(({ ns }) => ns >= START && ns < end).length }),
    found: (lines, many) => {
      found = [...lines, ...found].sort((a, b) => (a.ns < b.ns ? 1 : -1));
      tooMany = many;
    },
  };
  jest.spyOn(document, 'hidden', 'get').mockImplementation(() => hidden);
});
afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
});

function follow(on = true) {
  const source = { trail: lokiSource(loki), query: {}, range: { start: START, end: msToNs(NOW + 1_800_000) } };
  return renderHook(({ on: now }) => useLive(source, now, reader), { initialProps: { on } });
}
const pass = (ms = LIVE_EVERY_MS + 10) => act(() => jest.advanceTimersByTimeAsync(ms));
const reads = () => loki.queries.length;

test('reports each new entry once, and late entries', async () => {
  loki.lines = [at(10_000)];
  follow();
  await pass();
  expect(found).toHaveLength(1);
  await pass();
  expect(found).toHaveLength(1);
  loki.lines.push(at(0), at(LIVE_OVERLAP_MS / 2));
  await pass();
  expect(found).toHaveLength(3);
});

test('counts entries that arrive even later now and then, and reads them only if there are more than loaded', async () => {
  loki.lines = [at(0), at(-1_000)];
  follow();
  await pass(LATE_EVERY_MS + LIVE_EVERY_MS);
  expect(found).toHaveLength(2);
  loki.lines.push(at(LIVE_OVERLAP_MS * 3), at(LIVE_OVERLAP_MS * 5));
  await pass();
  expect(found).toHaveLength(2);
  await pass(LATE_EVERY_MS + LIVE_EVERY_MS);
  expect(found).toHaveLength(4);
  // A copy that Loki counts is not a new entry, and is not searched for again each time.
  loki.lines.push([...loki.lines.at(-1)!]);
  await pass(LATE_EVERY_MS + LIVE_EVERY_MS);
  const lateReads = () => loki.requests.filter(({ params }) => params['limit'] === '1000').length;
  const before = lateReads();
  expect(before).toBeGreaterThan(1);
  await pass(3 * LATE_EVERY_MS);
  expect(lateReads()).toBe(before);
  loki.lines.push(at(LIVE_OVERLAP_MS * 4));
  await pass(LATE_EVERY_MS + LIVE_EVERY_MS);
  expect(found).toHaveLength(5);
});

test('counts less often if counting takes long', async () => {
  loki.gate = ({ path }) =>
    path.endsWith('/query') ? new Promise((resolve) => setTimeout(resolve, 10_000)) : Promise.resolve();
  follow();
  const counts = () => loki.requests.filter(({ path }) => path.endsWith('/query')).length;
  await pass(LATE_EVERY_MS + LIVE_EVERY_MS);
  expect(counts()).toBe(1);
  await pass(5 * LATE_EVERY_MS);
  expect(counts()).toBe(1);
  await pass(300_000);
  expect(counts()).toBe(2);
});

test('a clock that runs ahead does not hide what others record', async () => {
  loki.lines = [at(-1_200_000)];
  follow();
  await pass();
  loki.lines.push(at(0));
  await pass();
  expect(found).toHaveLength(2);
});

test('reads only new entries', async () => {
  loki.lines = [at(60_000)];
  follow();
  await pass();
  await pass();
  const { start } = loki.requests.filter(({ path }) => path.endsWith('query_range')).at(-1)!.params;
  expect(BigInt(start!)).toBeGreaterThanOrEqual(msToNs(NOW - 60_000 - LIVE_OVERLAP_MS));
});

test('pauses while the tab is hidden, and continues at once when it is visible', async () => {
  const { result } = follow();
  await pass();
  const before = reads();
  hidden = true;
  act(() => void document.dispatchEvent(new Event('visibilitychange')));
  await pass(60_000);
  expect(result.current.state).toBe('paused');
  expect(reads()).toBe(before);
  hidden = false;
  act(() => void document.dispatchEvent(new Event('visibilitychange')));
  await pass(0);
  expect(reads()).toBeGreaterThan(before);
  expect(result.current.state).toBe('following');
});

test('reports an error, retries less and less often, and continues by itself', async () => {
  const { result } = follow();
  loki.gate = () => Promise.reject(new AuditError('LOKI_UNREACHABLE', 'down'));
  await pass();
  expect(result.current).toMatchObject({ state: 'waiting', retryMs: 2 * LIVE_EVERY_MS });
  await pass(2 * LIVE_EVERY_MS + 10);
  expect(result.current).toMatchObject({ state: 'waiting', retryMs: 4 * LIVE_EVERY_MS });
  loki.gate = () => Promise.resolve();
  loki.lines = [at(0)];
  await pass(4 * LIVE_EVERY_MS + 10);
  expect(result.current.state).toBe('following');
  expect(found).toHaveLength(1);
});

test('reports more entries than can be followed, so that no gap is shown', async () => {
  loki.lines = [at(0)];
  follow();
  await pass();
  loki.lines.push(...Array.from({ length: LIVE_MOST + 500 }, (_, i) => at(-i - 1)));
  await pass();
  expect(tooMany).toBe(true);
});

test('sends no request while it is off, and none after it ended', async () => {
  const { rerender, unmount } = follow(false);
  await pass(60_000);
  expect(reads()).toBe(0);
  rerender({ on: true });
  await pass();
  const before = reads();
  expect(before).toBeGreaterThan(0);
  unmount();
  await pass(60_000);
  expect(reads()).toBe(before);
});
