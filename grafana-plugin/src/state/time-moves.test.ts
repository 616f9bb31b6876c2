import fc from 'fast-check';
import { fixedRange, JUMPS, jumpOf, moveRange, widenRange } from './time-moves.ts';
import { toTimeRange } from './view-range.ts';

// A Saturday.
const NOW = Date.parse('2026-11-21T12:00:00Z');
beforeEach(() => jest.useFakeTimers({ now: NOW }));
afterEach(() => jest.useRealTimers());

const DAY = 86_400_000;

test('a day, a week, and a month move by the calendar, and back to now', () => {
  const yesterday = { from: '2026-11-20T00:00:00.000Z', to: '2026-11-20T23:59:59.999Z' };
  expect(moveRange(JUMPS.day, -1, 'utc')).toEqual(yesterday);
  expect(moveRange(yesterday, 1, 'utc')).toEqual(JUMPS.day);
  expect(moveRange({ from: 'now-1d/d', to: 'now-1d/d' }, -1, 'utc')).toEqual({
    from: '2026-11-19T00:00:00.000Z',
    to: '2026-11-19T23:59:59.999Z',
  });
  const october = { from: '2026-10-01T00:00:00.000Z', to: '2026-10-31T23:59:59.999Z' };
  expect(moveRange(JUMPS.month, -1, 'utc')).toEqual(october);
  expect(moveRange(october, -1, 'utc')).toEqual({ from: '2026-09-01T00:00:00.000Z', to: '2026-09-30T23:59:59.999Z' });
  expect(moveRange(october, 1, 'utc')).toEqual(JUMPS.month);
  const week = moveRange(JUMPS.week, -1, 'utc');
  expect(week && Date.parse(week.to) - Date.parse(week.from)).toBe(7 * DAY - 1);
  expect(week && moveRange(week, 1, 'utc')).toEqual(JUMPS.week);
});

test('any other range moves by its length', () => {
  const hour = fixedRange(NOW - 5 * 3_600_000, NOW - 4 * 3_600_000 - 1);
  expect(moveRange(hour, -1, 'utc')).toEqual(fixedRange(NOW - 6 * 3_600_000, NOW - 5 * 3_600_000 - 1));
  expect(moveRange(hour, 1, 'utc')).toEqual(fixedRange(NOW - 4 * 3_600_000, NOW - 3 * 3_600_000 - 1));
});

test('never beyond now', () => {
  for (const range of [JUMPS.day, { from: 'now-1h', to: 'now' }, fixedRange(NOW - DAY, NOW + 5)]) {
    expect(moveRange(range, 1, 'utc')).toBeUndefined();
  }
  expect(moveRange(fixedRange(NOW - 3 * 3_600_000, NOW - 3_600_000 - 1), 1, 'utc')).toEqual({
    from: 'now-2h',
    to: 'now',
  });
  const ranges = fc
    .tuple(fc.integer({ min: 0, max: 400 * DAY }), fc.integer({ min: 1, max: 40 * DAY }))
    .map(([ago, span]) => fixedRange(NOW - ago - span, NOW - ago));
  fc.assert(
    fc.property(ranges, fc.constantFrom<'utc' | 'browser'>('utc', 'browser'), (range, zone) => {
      const later = moveRange(range, 1, zone);
      if (later) expect(toTimeRange(later, zone).end).toBeLessThanOrEqual(BigInt(NOW + 1) * 1_000_000n);
      expect(toTimeRange(widenRange(range, zone), zone).end).toBeLessThanOrEqual(BigInt(NOW + 1) * 1_000_000n);
      const earlier = moveRange(range, -1, zone);
      expect(earlier && Date.parse(earlier.to)).toBe(Date.parse(range.from) - 1);
    }),
  );
});

test('zooming out doubles a range around its middle', () => {
  const range = fixedRange(NOW - 4 * DAY, NOW - 3 * DAY - 1);
  expect(widenRange(range, 'utc')).toEqual(fixedRange(NOW - 4.5 * DAY, NOW - 2.5 * DAY - 1));
  expect(widenRange({ from: 'now-1h', to: 'now' }, 'utc')).toEqual({ from: 'now-2h', to: 'now' });
});

test('a jump is recognized', () => {
  expect(jumpOf(JUMPS.week)).toBe('week');
  expect(jumpOf({ from: 'now-7d', to: 'now' })).toBeUndefined();
});
