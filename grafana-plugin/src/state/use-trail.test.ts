import { act, renderHook } from '@testing-library/react';
import { msToNs } from '@auditrail/core';
import { Trail } from '../data/trail.ts';
import { FakeKeeper } from '../testing/fake-keeper.ts';
import { FakeLoki, storedLine } from '../testing/fake-loki.ts';
import { useTrail } from './use-trail.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const HOUR_MS = 3_600_000;
const rangeOf = (nowMs: number) => ({ start: msToNs(nowMs - HOUR_MS), end: msToNs(nowMs + HOUR_MS / 3) });
const query = {};

let loki: FakeLoki;
let keeper: FakeKeeper;
const storeInLoki = () => loki.lines.push(storedLine({ time: new Date().toISOString() }));
const catchUp = () => (keeper.lines = [...loki.lines]);
const pass = (ms = 6_000) => act(() => jest.advanceTimersByTimeAsync(ms));

beforeEach(() => {
  jest.useFakeTimers({ now: NOW });
  loki = new FakeLoki();
  keeper = new FakeKeeper();
  storeInLoki();
  catchUp();
});
afterEach(() => jest.useRealTimers());

function view(follows: boolean) {
  const trail = new Trail(loki, keeper);
  return renderHook(({ range }) => useTrail(trail, query, range, follows), { initialProps: { range: rangeOf(NOW) } });
}

test('a view of a complete keeper keeps its source', async () => {
  const { result } = view(true);
  const source = result.current;
  await pass(60_000);
  expect(result.current).toBe(source);
  expect(source.usesLoki).toBe(false);
});

test('a view in which the keeper lacks an entry is read from Loki; the next one from a keeper that caught up', async () => {
  storeInLoki();
  const { result, rerender } = view(false);
  expect(result.current.usesLoki).toBe(false);
  await pass();
  const source = result.current;
  expect(source).toMatchObject({ usesLoki: true, reason: 'incomplete' });

  catchUp();
  rerender({ range: rangeOf(NOW + 1) });
  expect(result.current.usesLoki).toBe(true);
  await pass();
  rerender({ range: rangeOf(NOW + 2) });
  expect(result.current.usesLoki).toBe(false);
});

test('a view that does not follow new entries is compared once', async () => {
  const { result } = view(false);
  await pass();
  storeInLoki();
  await pass(60_000);
  expect(result.current.usesLoki).toBe(false);
});

test('a view that follows new entries is compared again and again, also when its first end is long ago', async () => {
  const { result } = view(true);
  await pass(HOUR_MS);
  storeInLoki();
  await pass(10_000);
  expect(result.current).toMatchObject({ usesLoki: true, reason: 'incomplete' });
  // The view does not jump back.
  catchUp();
  const source = result.current;
  await pass(60_000);
  expect(result.current).toBe(source);
});
