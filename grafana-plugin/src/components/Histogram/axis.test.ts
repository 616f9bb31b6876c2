import { numbersOf, roundUp, timeTicks } from './axis.ts';
import type { Bar } from './bars.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function barsOf(from: string, count: number, step: number): Bar[] {
  const start = Date.parse(from);
  return Array.from({ length: count }, (_, i) => ({
    ...{ start: start + i * step, end: start + (i + 1) * step },
    ...{ success: 0, failure: 0, counted: true },
  }));
}

test.each([
  [0, 1],
  [1, 1],
  [3, 3],
  [7, 8],
  [11, 12],
  [21, 24],
  [99, 100],
  [130, 160],
  [1_001, 1_200],
  [9_999, 10_000],
])('the axis for a highest bar of %d ends at %d', (highest, top) => expect(roundUp(highest)).toBe(top));

test('numbers beside the chart are integers', () => {
  expect(numbersOf(1)).toEqual([1, 0]);
  expect(numbersOf(24)).toEqual([24, 12, 0]);
});

test('a day has ticks at full hours, and its date at midnight', () => {
  const ticks = timeTicks(barsOf('2026-11-20T20:30:00Z', 48, HOUR / 2), 'utc', 8);
  expect(ticks.map(({ label }) => label)).toEqual([
    '21:00',
    '11-21',
    '03:00',
    '06:00',
    '09:00',
    '12:00',
    '15:00',
    '18:00',
  ]);
  expect(ticks[0]?.at).toBeCloseTo(1 / 48);
});

test.each([
  ['minutes', MINUTE / 4, ['06:00', '06:05', '06:10']],
  ['seconds', 1_000, ['06:00:00', '06:00:10', '06:00:20']],
  ['Mondays', 12 * HOUR, ['11-23', '11-30', '12-07', '12-14']],
])('%s', (_, step, labels) => {
  expect(timeTicks(barsOf('2026-11-21T06:00:00Z', 60, step), 'utc', 6).map(({ label }) => label)).toEqual(
    expect.arrayContaining(labels),
  );
});

test('has the position of its time in bars of unequal duration', () => {
  const [first, second] = barsOf('2026-11-21T06:00:00Z', 2, HOUR);
  // The first bar is cut to its last quarter.
  const bars = [{ ...first!, start: first!.end - HOUR / 4 }, second!];
  expect(timeTicks(bars, 'utc', 3).find(({ label }) => label === '07:00')?.at).toBe(0.5);
});

test('never more ticks than fit', () => {
  for (const hours of [1, 5, 24, 24 * 7, 24 * 30, 24 * 365]) {
    const bars = barsOf('2026-01-01T00:00:00Z', 60, (hours * HOUR) / 60);
    expect(timeTicks(bars, 'utc', 5).length).toBeLessThanOrEqual(6);
  }
  expect(timeTicks([], 'utc', 5)).toEqual([]);
  expect(timeTicks(barsOf('2026-01-01T00:00:00Z', 2, HOUR), 'utc', 0)).toEqual([]);
});
