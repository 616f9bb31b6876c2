import type { LokiClient } from './client.ts';
import { DEFAULT_LOKI_LIMITS, lokiLimits, parseLokiLimits } from './limits.ts';

const DAY = 86_400_000;

test('uses the limits that Loki reports, and its defaults for the rest', () => {
  expect(parseLokiLimits({ limits: {} })).toEqual(DEFAULT_LOKI_LIMITS);
  expect(parseLokiLimits('none')).toEqual(DEFAULT_LOKI_LIMITS);
  expect(
    parseLokiLimits({
      limits: {
        max_entries_limit_per_query: 500,
        max_query_length: '7d',
        max_query_range: '0s',
        max_query_lookback: '90d',
        retention_period: '1y',
        retention_stream: null,
      },
    }),
  ).toEqual({ pageEntries: 500, spanMs: 7 * DAY - 1, keptMs: 365 * DAY, lookbackMs: 90 * DAY });
});

test('nothing is kept longer than the longest retention, and "forever" is the longest', () => {
  const kept = (retention_period: string, ...periods: string[]) =>
    parseLokiLimits({ limits: { retention_period, retention_stream: periods.map((period) => ({ period })) } });
  expect(kept('30d', '90d')).toMatchObject({ keptMs: 90 * DAY, keptLeastMs: 30 * DAY });
  expect(kept('0s', '90d')).toMatchObject({ keptLeastMs: 90 * DAY });
  expect(kept('0s', '90d').keptMs).toBeUndefined();
  expect(kept('90d').keptLeastMs).toBeUndefined();
});

test('no limit is never more than a reader wants', () => {
  expect(parseLokiLimits({ limits: { max_entries_limit_per_query: 0, max_query_length: '0s' } })).toEqual(
    DEFAULT_LOKI_LIMITS,
  );
});

test('requests limits once, and again if Loki did not answer', async () => {
  let asked = 0;
  let answer = () => Promise.reject<unknown>(new Error('down'));
  const loki: LokiClient = {
    get: () => {
      asked++;
      return answer();
    },
  };
  expect(await lokiLimits(loki)).toEqual(DEFAULT_LOKI_LIMITS);
  answer = () => Promise.resolve({ limits: { max_entries_limit_per_query: 7 } });
  expect((await lokiLimits(loki)).pageEntries).toBe(7);
  expect((await lokiLimits(loki)).pageEntries).toBe(7);
  expect(asked).toBe(2);
});
