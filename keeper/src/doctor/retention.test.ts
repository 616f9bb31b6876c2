import { checkRetention } from './retention.ts';

it.each(['30d', '720h', '1y', '0', '0s'])('accepts a retention of %s', (period) =>
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
