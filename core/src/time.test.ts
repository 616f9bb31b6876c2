import fc from 'fast-check';
import { formatTime, msToNs, nsToMs, parseTime, statedEnd } from './time.ts';

test('nanoseconds are kept', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 4_102_444_800_000_000_000n }), (ns) => {
      expect(parseTime(formatTime(ns))).toBe(ns);
    }),
  );
});

test('accepts shorter fractions, and refuses other texts', () => {
  expect(parseTime('1970-01-01T00:00:01.5Z')).toBe(1_500_000_000n);
  expect(parseTime('1970-01-01T00:00:00Z')).toBe(0n);
  for (const text of [
    '',
    '2026-02-30T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01',
    '2026-01-01T00:00:00+00:00',
    'now',
  ]) {
    expect(parseTime(text)).toBeUndefined();
  }
  expect(nsToMs(msToNs(1_763_705_899_123))).toBe(1_763_705_899_123);
});

test('an entry states a range up to now, but not one that is over or has not begun', () => {
  expect(statedEnd({ start: 0n, end: 5_000_000n }, 3)).toBe(3_000_000n);
  expect(statedEnd({ start: 0n, end: 2_000_000n }, 3)).toBe(2_000_000n);
  expect(statedEnd({ start: 4_000_000n, end: 5_000_000n }, 3)).toBe(5_000_000n);
});
