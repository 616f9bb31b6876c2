import { msToNs } from '@auditrail/core';
import { type VolumeBar } from '@auditrail/core/loki';
import { toBars } from './bars.ts';

const ns = (seconds: number) => msToNs(seconds * 1000);
const bar = (start: number, end: number, success: number, failure = 0): VolumeBar => ({
  start: ns(start),
  end: ns(end),
  success,
  failure,
});

test('counts are in their bars; the others are not counted yet', () => {
  const bars = toBars({ start: ns(1000.5), end: ns(1100) }, [bar(1099, 1100, 2, 1), bar(1000.5, 1001, 4)]);
  expect(bars).toHaveLength(100);
  expect(bars[0]).toEqual({ start: 1_000_500, end: 1_001_000, success: 4, failure: 0, counted: true });
  expect(bars.at(-1)).toEqual({ start: 1_099_000, end: 1_100_000, success: 2, failure: 1, counted: true });
  expect(bars.slice(1, -1).every(({ counted }) => !counted)).toBe(true);
});

test('counts after the end, because clocks differ, are in the last bar', () => {
  const bars = toBars({ start: ns(1000), end: ns(1100) }, [bar(1100, 1101, 3), bar(1101, 1102, 1), bar(1099, 1100, 2)]);
  expect(bars.at(-1)).toMatchObject({ start: 1_099_000, success: 6 });
});

test('in live mode, there are bars up to now', () => {
  const bars = toBars({ start: ns(1000), end: ns(1100) }, [bar(1103, 1104, 3), bar(1100, 1101, 1)], ns(1104));
  expect(bars).toHaveLength(104);
  expect(bars.at(-1)).toMatchObject({ start: 1_103_000, success: 3 });
  expect(bars[100]).toMatchObject({ start: 1_100_000, success: 1 });
});
