import { retentionDays } from './retention.ts';

test.each([
  ['365d', 365],
  ['8760h0m0s', 365],
  ['1y', 365],
  ['0s', 0],
  ['0', 0],
  ['soon', undefined],
  [undefined, undefined],
])('Loki’s duration %s is %s days', (text, days) => {
  expect(retentionDays(text)).toBe(days);
});
