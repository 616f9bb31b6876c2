import fc from 'fast-check';
import { gatewayProblems, gatewaySecret, tokenClaims } from './gateway-secret.ts';
import { gatewayToken } from './testing/gateway-token.ts';

const address = 'http://gateway:8080';
const token = gatewayToken('acme');

test.each(['read', 'write', 'grafana'])('a token has its tenant and the role %s', (role) => {
  expect(tokenClaims(` ${gatewayToken('Team-1_x.y', role)}\n`)).toEqual({ tenant: 'Team-1_x.y', role });
  expect(tokenClaims(gatewayToken('acme', role, 'k1/shop'))).toEqual({ tenant: 'acme', role });
});

test('any other text is not a token', () => {
  fc.assert(fc.property(fc.string(), (text) => tokenClaims(text) === undefined));
  fc.assert(fc.property(fc.base64String(), (text) => void tokenClaims(`auditrail_gw_${text}`)));
  for (const text of ['acme:secret', 'acme/read:abcd', 'a b/read/k1:ab', '../grafana/k1:ab', 'acme/read/k:']) {
    // Spaces for a length without padding, so that only the content is wrong.
    const padded = text.padEnd(Math.ceil(text.length / 3) * 3, ' ');
    expect(tokenClaims(`auditrail_gw_${btoa(text.endsWith(':') ? text : padded)}`)).toBeUndefined();
  }
});

test('valid input has no problem, and becomes one address', () => {
  expect(gatewayProblems({ address, token }, true)).toEqual({});
  expect(gatewaySecret({ address: ` ${address}// `, token: ` ${token} ` })).toBe(`${address}/t/${token}`);
  expect(gatewaySecret({ address: 'https://ops.example/audit/', token })).toBe(`https://ops.example/audit/t/${token}`);
  expect(gatewaySecret({ address: '', token: '' })).toBe('');
});

test.each([
  'gateway:8080',
  'ftp://gateway',
  'javascript:alert(1)',
  'http://user:secret@gateway',
  'http://gateway?x=1',
  'http://gateway#t',
  `http://gateway/t/${token}`,
  'http://',
])('the gateway address "%s" is refused', (bad) => {
  expect(Object.keys(gatewayProblems({ address: bad, token }, true))).toEqual(['address']);
});

test.each([
  ['', 'stored only together with its token'],
  ['secret', 'not a gateway token'],
  [`${token}=`, 'not a gateway token'],
  [gatewayToken('acme', 'read'), 'has the read role'],
  [gatewayToken('acme', 'write'), 'create --for grafana --tenant acme'],
])('an address with the token "%s" is refused', (bad, problem) => {
  expect(gatewayProblems({ address, token: bad }, false)).toEqual({
    token: expect.stringContaining(problem) as string,
  });
});

test('both fields may be empty only if the gateway is not required', () => {
  const empty = { address: ' ', token: '' };
  expect(gatewayProblems(empty, false)).toEqual({});
  expect(Object.keys(gatewayProblems(empty, true))).toEqual(['address', 'token']);
  expect(Object.keys(gatewayProblems({ address: '', token }, false))).toEqual(['address']);
});
