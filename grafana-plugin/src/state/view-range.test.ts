import { formatTime } from '@auditrail/core';
import { dateTime } from '@grafana/data';
import { CLOCK_GRACE_MS, fromPickerRange, toPickerRange, toReadRange, toTimeRange } from './view-range.ts';
import { DEFAULT_VIEW } from './view.ts';

const fixed = { from: '2026-11-21T00:00:00.000Z', to: '2026-11-21T00:00:01.000Z' };
beforeEach(() => jest.useFakeTimers({ now: Date.parse('2026-11-21T06:18:19.123Z') }));
afterEach(() => jest.useRealTimers());

test('both ends are included', () => {
  expect(toTimeRange(fixed)).toEqual({ start: 1795219200000000000n, end: 1795219201001000000n });
  expect(toReadRange(fixed)).toEqual(toTimeRange(fixed));
});

test('today begins at midnight UTC, and is read past now for clocks that run ahead', () => {
  const now = 1795241899123n;
  expect(toTimeRange(DEFAULT_VIEW)).toEqual({ start: 1795219200000000000n, end: (now + 1n) * 1_000_000n });
  expect(toReadRange(DEFAULT_VIEW).end).toBe((now + 1n + BigInt(CLOCK_GRACE_MS)) * 1_000_000n);
});

test('a range until the end of today is read past midnight shortly before it', () => {
  const today = { from: 'now/d', to: 'now/d' };
  expect(toReadRange(today)).toEqual(toTimeRange(today));
  jest.setSystemTime(Date.parse('2026-11-21T23:50:00.000Z'));
  expect(formatTime(toReadRange(today).end)).toBe('2026-11-22T00:10:00.001000000Z');
  const yesterday = { from: 'now-1d/d', to: 'now-1d/d' };
  expect(toReadRange(yesterday)).toEqual(toTimeRange(yesterday));
  const past = { from: 'now-1h', to: 'now-1s' };
  expect(toReadRange(past)).toEqual(toTimeRange(past));
});

test('a range survives the picker', () => {
  for (const bounds of [fixed, { from: 'now-1d/d', to: 'now-1d/d' }]) {
    expect(fromPickerRange(toPickerRange(bounds))).toEqual(bounds);
  }
});

test('times that the page cannot use become absolute', () => {
  const [from, to] = [dateTime('2026-11-20T00:00:00Z').utc(), dateTime('2026-11-21T00:00:00Z').utc()];
  expect(fromPickerRange({ from, to, raw: { from: 'now-1fQ', to: 'now' } })).toEqual({
    from: '2026-11-20T00:00:00.000Z',
    to: 'now',
  });
});
