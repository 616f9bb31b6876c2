import fc from 'fast-check';
import { barRange, planBars, toBars } from './bars.ts';

const ns = (ms: number) => BigInt(ms) * 1_000_000n;
const spans = fc
  .tuple(fc.integer({ min: 1e12, max: 2e12 }), fc.integer({ min: 1, max: 4e11 }))
  .map(([from, length]) => ({ start: ns(from), end: ns(from + length) }));

test('bars cover the range, and are not too many to be seen', () => {
  fc.assert(
    fc.property(spans, (range) => {
      const { stepSeconds, first, count } = planBars(range);
      expect(ns(first) <= range.start).toBe(true);
      expect(ns(first + count * stepSeconds * 1000) >= range.end).toBe(true);
      expect(count).toBeLessThanOrEqual(102);
      expect(first % (stepSeconds * 1000)).toBe(0);
    }),
  );
});

test('each of Loki’s points, which stand at the end of their step, is in its bar', () => {
  const plan = planBars({ start: ns(1_000_000_000_000), end: ns(1_000_000_100_000) });
  expect(plan).toEqual({ stepSeconds: 1, first: 1_000_000_000_000, count: 100 });
  expect(barRange(plan)).toEqual({ start: ns(1_000_000_001_000), end: ns(1_000_000_100_000) });
  const bars = toBars(plan, 'audit_outcome', [
    {
      labels: { audit_outcome: 'success' },
      points: [
        [1_000_000_001_000, 3],
        [1_000_000_100_000, 1],
      ],
    },
    { labels: { audit_outcome: 'failure' }, points: [[1_000_000_001_000, 2]] },
    { labels: {}, points: [[1_000_000_002_000, 4]] },
  ]);
  expect(bars[0]).toEqual({ start: 1_000_000_000_000, success: 3, failure: 2 });
  expect(bars[1]).toMatchObject({ success: 4, failure: 0 });
  expect(bars[99]).toMatchObject({ success: 1 });
});
