import { checkRetention, parseLokiDuration } from './retention.ts';

it.each([
  ['365d', 365 * 86_400_000],
  ['1y', 365 * 86_400_000],
  ['4w2d', 30 * 86_400_000],
  ['720h0m0s', 30 * 86_400_000],
  ['0', 0],
  ['0s', 0],
  ['100ms', 100],
])('reads the duration %s', (text, ms) => expect(parseLokiDuration(text)).toBe(ms));

it.each(['', 'd', '30', '30 d', '1.5d', '-30d', '1h1d', 'for ever'])('knows that "%s" is no duration', (text) =>
  expect(parseLokiDuration(text)).toBeUndefined(),
);

it.each(['30d', '720h', '1y', '0', '0s'])('takes a retention of %s', (period) =>
  expect(checkRetention({ retention_period: period }, 'tenant a', 'loki.yaml')).toEqual([
    expect.objectContaining({ ok: true }),
  ]),
);

it.each(['29d', '719h59m', '24h', '1s', '30'])('refuses a retention of %s', (period) =>
  expect(checkRetention({ retention_period: period }, 'tenant a', 'loki.yaml')).toEqual([
    expect.objectContaining({ ok: false, remedy: 'set it to 30d or more in loki.yaml' }),
  ]),
);

it('names tenant, stream and period', () => {
  const limits = {
    retention_period: '365d',
    retention_stream: [
      { selector: '{audit_channel="auth"}', period: '90d' },
      { selector: '{audit_channel="debug"}', period: '7d' },
    ],
  };
  const bad = checkRetention(limits, 'tenant acme', 'overrides.yaml').filter(({ ok }) => !ok);
  expect(bad.map(({ what }) => what)).toEqual([
    'tenant acme, stream {audit_channel="debug"}: retention of 7d is under 30 days',
  ]);
});
