import fc from 'fast-check';
import { isCardNumber } from './card-numbers.ts';
import { createPrepareInput, prepareInput } from './prepare-input.ts';
import { createRedactor, redactedHmac } from './redact.ts';
import { isSecretName } from './secret-names.ts';

const login = { action: 'user.login', description: 'Ada signed in', actor: { type: 'user' } };
const redactor = createRedactor();
const text = (plain: string) => redactor.text(plain);

test.each([
  'password',
  'newPassword',
  'PASSWORD_HASH',
  'user.passwd',
  'reset_token',
  'accessTokens',
  'X-API-Key',
  'APIKey',
  'set-cookie',
  'proxy-authorization',
  'clientSecret2',
  'pin',
  'pinCode',
  'cardPIN',
  'cvv',
  'jwt',
  'securityCode',
  'recoveryCodes',
  'DB_PASS',
  'smtp.pass',
  'user[password]',
  'user%5Bpassword%5D',
  'passwordConfirmation',
  'contraseña',
])('%s names a secret', (name) => expect(isSecretName(name)).toBe(true));

test.each([
  'spin',
  'shipping',
  'passwordChangedAt',
  'tokenType',
  'tokenizer',
  'secretary',
  'pinned',
  'sessionId',
  'monkey',
  'key',
  '',
  'email',
  '__proto__',
  'secretName',
  'secretArn',
  'errorCode',
  'boardingPass',
  'cookieConsent',
  'accessKeyId',
])('%s names none', (name) => expect(isSecretName(name)).toBe(false));

test.each([
  ['paid with 4111 1111 1111 1111, exp 12/27', 'paid with [card ending 1111], exp 12/27'],
  ['4111111111111111', '[card ending 1111]'],
  ['4111 1111 1111 1111 12', '[card ending 1111] 12'],
  ['amex 3782-822463-10005.', 'amex [card ending 0005].'],
  ['Authorization: Bearer abc123def456', 'Authorization: Bearer [redacted]'],
  ['BASIC dXNlcjpwYXNz', 'BASIC [redacted]'],
  ['jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln end', 'jwt [redacted] end'],
  ['GET /reset?user=7&token=s3cr&x=1', 'GET /reset?user=7&token=[redacted]&x=1'],
  ['postgres://app:hunter2@db/shop', 'postgres://app:[redacted]@db/shop'],
  ['Cookie: a=b; c=d\nHost: x', 'Cookie: [redacted]\nHost: x'],
  ['{"user":"a","password":"x\\"y","z":1}', '{"user":"a","password":"[redacted]","z":1}'],
  ['key AKIAIOSFODNN7EXAMPLE.', 'key [redacted].'],
  [`ghp_${'a1'.repeat(18)}`, '[redacted]'],
  ['-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY----- rest', '[redacted] rest'],
  ['-----BEGIN PRIVATE KEY-----\nnever ended', '[redacted]'],
])('%j is stored as %j', (before, after) => expect(text(before)).toBe(after));

test.each([
  'Ada Lovelace changed invoice 4111 from 10 to 12',
  '4111 1111 1111 1112',
  '019a8f3e-7a10-7000-8000-000000000001',
  '1763705899123456789',
  '+49 30 1234 5678 9012',
  'Basic subscription upgraded',
  'Bearer authentication failed',
  'https://example.com:8080/a@b',
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36',
])('%s stays', (plain) => expect(text(plain)).toBe(plain));

test('every field of an entry is searched, words of the schema are not', () => {
  const id = '019a8f3e-7a10-7000-8000-000000000001';
  const entry = prepareInput({
    ...login,
    id,
    error: { message: 'token=abc refused' },
    source: { userAgent: 'Bearer abc123def456' },
    properties: { 'seen 4111111111111111': 1, card: 4111111111111111, password: 1234, hasPassword: true, token: null },
    changes: [
      { path: 'user.password', before: 'a', after: 'b' },
      { path: '/tokens/0', after: { a: 1 } },
      { path: 'profile', before: { pin: 1, name: 'x' } },
    ],
  });
  expect(entry).toMatchObject({
    id,
    error: { message: 'token=[redacted] refused' },
    source: { userAgent: 'Bearer [redacted]' },
    properties: {
      'seen [card ending 1111]': 1,
      card: '[card ending 1111]',
      password: '[redacted]',
      hasPassword: true,
      token: null,
    },
    changes: [
      { path: 'user.password', before: '[redacted]', after: '[redacted]' },
      { path: '/tokens/0', after: '[redacted]' },
      { path: 'profile', before: { pin: '[redacted]', name: 'x' } },
    ],
  });
});

test('paths, keys and patterns of the application, and what it keeps', () => {
  const prepare = createPrepareInput({
    paths: ['properties.user.ssn2', 'properties.list.*.x', 'changes.user.iban', 'changes.*.after.email', 'actor.name'],
    keys: ['Geburtsdatum', /^geheim/g],
    patterns: [/CUST-\d+/, /Q*/],
    keep: ['properties.token', 'changes.kept.pin'],
  });
  expect(
    prepare({
      ...login,
      description: 'CUST-42 CUST-43',
      actor: { type: 'user', name: 'Ada' },
      properties: {
        token: 'kept',
        user: { ssn2: false, geburtsdatum: '1815', geheimnis: 1, geheim: 2 },
        list: [{ x: 1, y: 2 }],
      },
      changes: [
        { path: 'user.iban', before: 'a' },
        { path: 'user', after: { iban: 'a', email: 'b', z: 1 } },
        { path: 'kept.pin', after: 1 },
      ],
    }),
  ).toEqual({
    ...login,
    description: '[redacted] [redacted]',
    actor: { type: 'user', name: '[redacted]' },
    properties: {
      $redacted: ['actor.name'],
      token: 'kept',
      user: { ssn2: '[redacted]', geburtsdatum: '[redacted]', geheimnis: '[redacted]', geheim: '[redacted]' },
      list: [{ x: '[redacted]', y: 2 }],
    },
    changes: [
      { path: 'user.iban', before: '[redacted]' },
      { path: 'user', after: { iban: '[redacted]', email: '[redacted]', z: 1 } },
      { path: 'kept.pin', after: 1 },
    ],
  });
});

test('with a key, the same secret has the same replacement, and with another key another one', () => {
  const hidden = (hmacKey: string) =>
    prepareInput({ ...login, properties: { pin: 1234 } }, { redact: { replacement: { hmacKey } } }).properties?.['pin'];
  expect(hidden('k')).toBe(redactedHmac('k', '1234'));
  expect(hidden('k')).not.toBe(hidden('other'));
});

// About one in fifty random ids of 16 digits has the prefix of a brand and the right check digit.
const CARD_LIKE = '5412345678901232';
const identified = {
  ...login,
  actor: { type: 'user', id: CARD_LIKE },
  source: { sessionId: CARD_LIKE },
  target: { type: 'account', id: CARD_LIKE },
  scope: { project: CARD_LIKE },
  properties: { requestId: CARD_LIKE },
};

test('no identity leaks a card number; an id that looks like one stays distinct', () => {
  expect(isCardNumber(CARD_LIKE)).toBe(true);
  expect(prepareInput(identified)).toEqual({
    ...login,
    actor: { type: 'user', id: '[card ending 1232]' },
    source: { sessionId: '[card ending 1232]' },
    target: { type: 'account', id: '[card ending 1232]' },
    scope: { project: '[card ending 1232]' },
    properties: {
      requestId: '[card ending 1232]',
      $redacted: ['actor.id', 'source.sessionId', 'target.id', 'scope.project'],
    },
  });
});

test('an identity that is kept stays complete, and nothing else', () => {
  const keep = ['target.id', 'scope.*', 'properties.requestId'];
  expect(prepareInput(identified, { redact: { keep } })).toMatchObject({
    actor: { id: '[card ending 1232]' },
    target: { id: CARD_LIKE },
    scope: { project: CARD_LIKE },
    properties: { requestId: CARD_LIKE },
  });
});

test('the replacement that the application sets applies to card numbers too', () => {
  const hmacKey = 'k'.repeat(32);
  expect(prepareInput(identified, { redact: { replacement: '***' } }).target?.id).toBe('***');
  expect(prepareInput(identified, { redact: { replacement: { hmacKey } } }).target?.id).toBe(
    redactedHmac(hmacKey, CARD_LIKE),
  );
});

test('two actors, sessions or targets never become equal', () => {
  const keyId = (last: string) => `AKIAIOSFODNN7EXAMPL${last}`;
  const jwt = (last: string) => `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln${last}`;
  const of = (last: string, redact = {}) =>
    prepareInput(
      {
        ...login,
        actor: { type: 'api_key', id: keyId(last), name: 'Deploy' },
        source: { sessionId: jwt(last), userAgent: `x ${keyId(last)}` },
        target: { type: 'token', id: `ghp_${'a1'.repeat(18)}${last}`, name: 'token=abc' },
      },
      { redact },
    );
  expect(of('A')).toMatchObject({
    actor: { id: keyId('A'), name: 'Deploy' },
    source: { sessionId: expect.stringMatching(/^\[redacted [0-9a-f]{16}\]$/), userAgent: 'x [redacted]' },
    target: { id: expect.stringMatching(/^\[redacted [0-9a-f]{16}\]$/), name: 'token=[redacted]' },
    properties: { $redacted: ['source.sessionId', 'source.userAgent', 'target.id', 'target.name'] },
  });
  for (const redact of [{}, { replacement: '***' }, { replacement: { hmacKey: 'k' } }]) {
    const [a, b] = [of('A', redact), of('B', redact)];
    expect(a.source?.sessionId).toBe(of('A', redact).source?.sessionId);
    expect(a.source?.sessionId).not.toBe(b.source?.sessionId);
    expect(a.target?.id).not.toBe(b.target?.id);
    expect(JSON.stringify(a)).not.toMatch(/eyJhbG|ghp_/);
  }
  expect(prepareInput(login)).not.toHaveProperty('properties');
});

test('a name beside a value hides it, whichever comes first', () => {
  const headers = ['Host', 'h', 'X-Api-Key', 'k'];
  class Variable {
    key = 'DB_PASSWORD';
    value = 'x';
  }
  const { properties, changes } = prepareInput({
    ...login,
    properties: {
      env: [
        { name: 'DB_PASSWORD', value: 'x' },
        { value: ['x'], name: 'API_TOKEN', type: 'string' },
        { Key: 'client-secret', Value: { stringValue: 'x' } },
        new Variable(),
      ],
      pairs: new Map<unknown, unknown>([[1, 2], ['X-Api-Key', 'x']]), // prettier-ignore
      one: ['X-Api-Key', 'x'],
      rawHeaders: headers,
    },
    changes: [{ path: 'env', before: [{ name: 'PIN', value: 1234 }], after: [['otp', 123456]] }],
  });
  expect(properties).toEqual({
    env: [
      { name: 'DB_PASSWORD', value: '[redacted]' },
      { value: '[redacted]', name: 'API_TOKEN', type: 'string' },
      { Key: 'client-secret', Value: '[redacted]' },
      { key: 'DB_PASSWORD', value: '[redacted]' },
    ],
    pairs: { 1: 2, 'X-Api-Key': '[redacted]' },
    one: ['X-Api-Key', '[redacted]'],
    rawHeaders: ['Host', 'h', 'X-Api-Key', '[redacted]'],
  });
  expect(changes).toEqual([
    { path: 'env', before: [{ name: 'PIN', value: '[redacted]' }], after: [['otp', '[redacted]']] },
  ]);
});

test('text about secrets stays', () => {
  const properties = {
    env: [{ name: 'DB_HOST', value: 'x' }, { name: 'password', type: 'string', required: true }],
    fields: ['password', 'nickname'],
    changed: ['password', 'email'],
    two: ['password', 'email'],
    secretName: 'shop-db',
    secret: true,
    maxTokens: 4096,
    max_token: 10,
    usage: { tokens: { prompt: 7, completion: 2 }, totalTokens: 9n },
    limit: { key: 'maxTokens', value: 5 },
    hasPassword: true,
    tests: { pass: 12, fail: 0 },
  }; // prettier-ignore
  expect(prepareInput({ ...login, properties }).properties).toEqual({
    ...properties,
    usage: { tokens: { prompt: 7, completion: 2 }, totalTokens: '9' },
  });
  const changes = [{ path: 'limits.maxTokens', before: 1, after: 2 }];
  expect(prepareInput({ ...login, changes }).changes).toEqual(changes);
  expect(prepareInput({ ...login, properties: { tokens: ['x'], token: 5, passwords: '12' } }).properties).toEqual({
    tokens: '[redacted]',
    token: '[redacted]',
    passwords: '[redacted]',
  });
});

test('trace ids and the entry id are never taken for a card number', () => {
  const ids = { id: CARD_LIKE, trace: { traceId: CARD_LIKE.padStart(32, '0'), spanId: CARD_LIKE } };
  expect(prepareInput({ ...login, ...ids })).toEqual({ ...login, ...ids });
});

test('without defaults nothing is hidden', () => {
  const entry = { ...login, description: 'token=a 4111111111111111', properties: { password: 'x' } };
  expect(prepareInput(entry, { redact: { defaults: false } })).toEqual(entry);
});

test('a card is found in any text around it, and only with the right check digit', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^4\d{14}$/), fc.constantFrom(' ', ', ', '"', '(', ':'), (digits, edge) => {
      const last = [...'0123456789'].filter((digit) => isCardNumber(digits + digit));
      expect(last).toHaveLength(1);
      expect(text(`a${edge}${digits}${last[0]}${edge}b`)).toBe(
        `a${edge}[card ending ${(digits + last[0]).slice(-4)}]${edge}b`,
      );
    }),
  );
});

test('time is linear on texts designed to be slow', () => {
  const parts = [
    'eyJ-', 'eyJaaaaaa.', 'bearer ', 'bearer\t\t', '"password":"', '"', '"a', '\\"', '://', '://a:', ':b', '@', '-----BEGIN PRIVATE KEY-----',
    '-----BEGIN ', 'password: ', 'Password = ', '"token": [', '\\\\"', '<a>', '<a ', 'name=', '"name":"', '"value":"x",', '["a","', 'sk-', 'SG.a', '$2b$',
    'otp ', 'password is ', '--token ', '-u a:', 'mysql ', 'login a password ', ':', 'a:', '&token=', ',', '., ', '?', '%3d', 'aA0', 'hooks.slack.com/services/', '1 ', '1-', '4111 ', '1', 'password=', 'password', 'token', 'cookie: ', 'cookie:', ' ', 'gh', 'ghp_', 'AKIA', 'A', '=', '\n',
  ]; // prettier-ignore
  for (const [i, part] of parts.entries()) {
    for (const end of ['', '"password":"x', '\\', ' 4111111111111111', parts[(i * 7 + 3) % parts.length] ?? '']) {
      const hostile = part.repeat(Math.ceil(100_000 / part.length)) + end + ' token=1';
      const start = process.cpuUsage();
      text(hostile);
      const { user } = process.cpuUsage(start);
      if (user > 1_000_000) throw new Error(`${JSON.stringify(part)} takes ${user} µs`);
    }
  }
});

test('secrets in a text of 40 million characters are hidden too', () => {
  const huge = '"password":"' + '\\"'.repeat(20_000_000);
  expect(['"password":"[redacted]', '[redacted]']).toContain(text(huge));
});

test.each([
  ['token=xyz', 'token=[redacted]'],
  ['pwd=1', 'pwd=[redacted]'],
  ["UPDATE users SET password='a b' WHERE id=1", 'UPDATE users SET password=[redacted] WHERE id=1'],
  ['Server=db;Password="a;b";Port=1', 'Server=db;Password=[redacted];Port=1'],
  ['secret="cut off', 'secret=[redacted]'],
  ['password=""', 'password=""'],
])('hides short and quoted values: %s', (plain, hidden) => {
  expect(text(plain)).toBe(hidden);
});

test('options that would hide nothing are refused', () => {
  expect(() => createPrepareInput({ replacement: { hmacKey: undefined } })).toThrow(/hmacKey is missing/);
  expect(() => createPrepareInput({ replacement: { hmacKey: '' } })).toThrow(TypeError);
  expect(() => createPrepareInput({ paths: ['user.ssn'] })).toThrow(/paths: "user.ssn".*properties/);
  expect(() => createPrepareInput({ keep: [''] })).toThrow(/keep: ""/);
  expect(() => createPrepareInput({ paths: ['*.ssn', 'changes.user.iban'], keep: ['target.id'] })).not.toThrow();
});
