import { LIMITS, msToNs } from '@auditrail/core';
import { parseEnd, parseRange, parseStart, rangeText } from './time-range.ts';
import { UsageError } from './usage-error.ts';

const NOW = Date.parse('2026-11-27T12:00:00Z');
const DAY_NS = 86_400_000_000_000n;

it('reads times, dates and durations', () => {
  expect(parseStart('1d', 86_400_000)).toBe(0n);
  expect(parseStart('1970-01-02', 0)).toBe(DAY_NS);
  expect(parseStart('1970-01-01T00:00:00.000000001Z', 0)).toBe(1n);
});

it('extends a range that ends now as far as clocks may be ahead', () => {
  expect(parseEnd('now', 0)).toBe(msToNs(LIMITS.aheadMs));
  for (const text of ['1d', 'now-1d', '1970-01-02T00:00:00Z']) {
    expect(parseEnd(text, 86_400_000)).toBe(parseStart(text, 86_400_000));
  }
});

it('includes the whole day of a date', () => {
  const day = parseRange('2026-11-27', '2026-11-27', NOW);
  expect(day.end - day.start).toBe(DAY_NS);
  expect(rangeText(day)).toBe('2026-11-27T00:00:00Z to 2026-11-28T00:00:00Z (end excluded)');
  expect(rangeText(parseRange('2028-02-28', '2028-02-29', NOW))).toContain('to 2028-03-01T00:00:00Z');
  expect(rangeText(parseRange('2026-11-27', '2026-11-27T09:30:00.5Z', NOW))).toContain(
    'to 2026-11-27T09:30:00.500000000Z',
  );
});

it.each([
  ['soon', '1m', 'soon is not a time'],
  ['2026-02-30', '1m', '2026-02-30 is not a time'],
  ['2026-11-27T08:00', '1m', 'is not a time'],
  ['1h', '2h', 'the range is empty: --from 1h is not before --to 2h'],
  ['2026-11-28', '2026-11-27', 'the range is empty'],
])('refuses --from %s --to %s', (from, to, message) => {
  const refused = () => parseRange(from, to, NOW);
  expect(refused).toThrow(UsageError);
  expect(refused).toThrow(message);
});
