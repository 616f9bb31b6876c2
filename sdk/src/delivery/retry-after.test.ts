import { RETRY_AFTER_CAP_MS, retryAfterMs } from './retry-after.ts';

const now = Date.parse('2026-11-21T06:00:00Z');

test.each([
  ['0', 0],
  ['7', 7_000],
  [' 7 ', 7_000],
  ['99999999999', RETRY_AFTER_CAP_MS],
  ['Sat, 21 Nov 2026 06:00:30 GMT', 30_000],
  ['Saturday, 21-Nov-26 06:00:30 GMT', 30_000],
  ['Sat, 21 Nov 2026 05:00:00 GMT', 0],
  ['Sat, 21 Nov 2027 06:00:00 GMT', RETRY_AFTER_CAP_MS],
  ['-5', undefined],
  ['1.5', undefined],
  ['soon', undefined],
  ['Mon, soon', undefined],
  ['', undefined],
  [undefined, undefined],
])('Retry-After: %s', (header, ms) => {
  expect(retryAfterMs(header, now)).toBe(ms);
});
