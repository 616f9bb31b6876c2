import { GATEWAY_ROLES, newGatewayToken, parseGatewayToken } from './gateway-token.ts';
import { GatewayTokenSet } from './token-set.ts';

// All lengths of a tenant: the base64 must need no padding, whatever comes before the secret.
it.each(Array.from({ length: 64 }, (_, i) => i + 1))('has letters and digits only, for a tenant of %d', (length) => {
  for (const role of GATEWAY_ROLES) {
    const tenant = 'Az0-_.'.repeat(11).slice(0, length);
    const { token, key } = newGatewayToken({ tenant, role, ...(role === 'write' && { service: 'shop.eu-1_b' }) });
    expect(token).toMatch(/^auditrail_gw_[A-Za-z0-9]+$/);
    expect(parseGatewayToken(token)?.key).toEqual(key);
  }
});

it('has a secret of at least 256 bits, which differs each time', () => {
  const grant = { tenant: 'acme', role: 'read' } as const;
  const secrets = Array.from({ length: 50 }, () => parseGatewayToken(newGatewayToken(grant).token)?.secret ?? '');
  expect(new Set(secrets).size).toBe(50);
  for (const secret of secrets) expect(secret).toMatch(/^[A-Za-z0-9]{43,45}$/);
});

const encode = (text: string) => `auditrail_gw_${Buffer.from(text).toString('base64')}`;
const SECRET = 'x'.repeat(45);

it.each([
  '',
  'auditrail_gw_',
  `auditrail_${'x'.repeat(43)}`,
  encode(`acme/read/00000000:${SECRET}`).replace('gw', 'GW'),
  encode(`acme/admin/00000000:${SECRET}`),
  encode(`acme/read/zzzzzzzz:${SECRET}`),
  encode(`a|b/read/00000000:${SECRET}`),
  encode(`acme/read/00000000/shop:${SECRET}`),
  encode(`acme/write/00000000/a/b:${SECRET}`),
  encode('acme/read/00000000:short'),
])('does not accept "%s" as a token', (text) => {
  expect(parseGatewayToken(text)).toBeUndefined();
});

it('returns the token of each tenant and role', () => {
  const tokenOf = (tenant: string, role: 'read' | 'write') => newGatewayToken({ tenant, role }).token;
  const [old, a, b] = [tokenOf('a', 'read'), tokenOf('a', 'read'), tokenOf('b', 'write')];
  const set = new GatewayTokenSet(`${old}\n${a}\n\n  ${b}\n`);
  expect([set.of('a', 'read'), set.of('b', 'write')]).toEqual([a, b]);
  for (const [tenant, role] of [
    ['a', 'write'],
    ['c', 'read'],
  ] as const) {
    expect(() => set.of(tenant, role)).toThrow(
      expect.objectContaining({ code: 'TOKEN_MISSING', message: expect.stringContaining(`--tenant ${tenant}`) }),
    );
  }
  expect(() => new GatewayTokenSet(`${a}\nhunter2`)).toThrow(/^token 2 is not a gateway token: (?!.*hunter2)/);
});
