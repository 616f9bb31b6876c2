import { act, renderHook, waitFor } from '@testing-library/react';
import { msToNs } from '@auditrail/core';
import { LOKI_PATHS } from '@auditrail/core/loki';
import { lokiSource, type TrailSource } from '@auditrail/core/source';
import { FakeLoki, storedLine } from '../testing/fake-loki.ts';
import { useVolume } from './use-volume.ts';

const START = Date.parse('2026-11-20T00:00:00Z');
const HOUR = 3_600_000;
const range = { start: msToNs(START), end: msToNs(START + 24 * HOUR) };

let loki: FakeLoki;
let trail: TrailSource;
beforeEach(() => {
  loki = new FakeLoki();
  trail = lokiSource(loki);
  loki.lines = Array.from({ length: 240 }, (_, i) => storedLine({ time: new Date(START + i * 360_000).toISOString() }));
});

const query = {};
const count = (ready = true) =>
  renderHook((props) => useVolume(trail, query, range, { chartRange: range, ...props }), {
    initialProps: { ready, changed: undefined as { since: bigint } | undefined },
  });

test('counts nothing until the rows are loaded, then everything', async () => {
  const { result, rerender } = count(false);
  expect(result.current).toMatchObject({ state: 'waiting', entries: 0 });
  expect(loki.requests).toHaveLength(0);
  rerender({ ready: true, changed: undefined });
  await waitFor(() => expect(result.current.state).toBe('done'));
  expect(result.current.entries).toBe(240);
});

test('grows while it counts; can be stopped and resumed', async () => {
  const waiting: Array<() => void> = [];
  loki.gate = ({ path }) =>
    path === LOKI_PATHS.queryRange ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve();
  const { result } = count();
  const next = () => act(() => Promise.resolve(waiting.splice(0).forEach((go) => go())));
  while (result.current.entries < 30) {
    await waitFor(() => expect(waiting.length).toBeGreaterThan(0));
    await next();
  }
  const some = result.current.entries;
  expect(some).toBeLessThan(240);
  expect(result.current.state).toBe('counting');
  act(() => result.current.stop());
  expect(result.current.state).toBe('stopped');
  await next();
  const asked = loki.requests.length;
  const stopped = result.current.entries;
  expect(stopped).toBeGreaterThanOrEqual(some);
  loki.gate = () => Promise.resolve();
  await act(() => Promise.resolve());
  expect(loki.requests.length).toBe(asked);
  act(() => result.current.resume());
  await waitFor(() => expect(result.current.state).toBe('done'));
  expect(result.current.entries).toBe(240);
});

test('only the time since new entries is counted again', async () => {
  const { result, rerender } = count();
  await waitFor(() => expect(result.current.state).toBe('done'));
  const before = loki.requests.length;
  const late = START + 22 * HOUR + 1;
  loki.lines.push(
    storedLine({ time: new Date(late).toISOString() }),
    storedLine({ time: new Date(late + 1).toISOString() }),
  );
  rerender({ ready: true, changed: { since: msToNs(late) } });
  await waitFor(() => expect(result.current.entries).toBe(242));
  const starts = loki.requests.slice(before).flatMap(({ params }) => (params.start ? [BigInt(params.start)] : []));
  expect(starts.every((start) => start >= msToNs(START + 21 * HOUR))).toBe(true);
});

test('an error keeps the counts so far', async () => {
  loki.gate = ({ params }) => (params.step ? Promise.reject(new Error('no')) : Promise.resolve());
  const { result } = count();
  await waitFor(() => expect(result.current.state).toBe('failed'));
  expect(result.current.bars.length).toBeGreaterThan(0);
});
