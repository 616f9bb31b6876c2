import { SESSION_COOKIE, sessionIdOf } from './sessions.ts';
import { diskFull, openShop } from './testing.ts';

describe('signing in', () => {
  let shop: Awaited<ReturnType<typeof openShop>>;
  beforeAll(async () => {
    shop = await openShop();
  });
  beforeEach(() => {
    shop.audit.entries.length = 0;
    shop.audit.fail = undefined;
  });
  afterAll(() => shop.close());

  it('records actor, address and session, but not the cookie or the password', async () => {
    const visitor = shop.visitor();
    const ada = shop.accountOf('ada');
    const response = await visitor.signIn(ada, { 'x-forwarded-for': '192.0.2.7' });
    expect(response.statusCode).toBe(303);
    expect(shop.audit.entries).toMatchObject([
      {
        action: 'user.login',
        event: 'login',
        channel: 'auth',
        outcome: 'success',
        actor: { type: 'user', id: '1', name: 'Ada Lovelace', email: 'ada@example.com', groups: ['customer', 'admin'] },
        source: { ip: '192.0.2.7', userAgent: 'test', sessionId: sessionIdOf(visitor.cookie) },
        request: { method: 'POST', endpoint: '/login', status: 303, operation: 'SignIn' },
      },
    ]);
    const text = JSON.stringify(shop.audit.entries);
    expect(text).not.toContain(visitor.cookie);
    expect(text).not.toContain(ada.password);
  });

  it('sets a new secure cookie at sign-in and sign-out', async () => {
    const visitor = shop.visitor();
    await visitor.get('/login');
    const before = visitor.cookie;
    const response = await visitor.signIn(shop.accountOf('zoe'));
    expect(visitor.cookie).not.toBe(before);
    expect(response.cookies.find(({ name }) => name === SESSION_COOKIE)).toMatchObject({
      httpOnly: true,
      sameSite: 'Lax',
      path: '/',
    });
    const signedIn = visitor.cookie;
    await visitor.submit('/', '/logout', {});
    expect(shop.audit.entries.at(-1)).toMatchObject({
      action: 'user.logout',
      source: { sessionId: sessionIdOf(signedIn) },
    });
    visitor.cookie = signedIn;
    expect((await visitor.get('/profile')).headers.location).toBe('/login');
  });

  it('locks an account after five wrong passwords, until the lock ends', async () => {
    const visitor = shop.visitor();
    const hoa = shop.accountOf('hoa');
    for (let i = 0; i < 5; i += 1) await visitor.signIn({ ...hoa, password: 'wrong' });
    expect((await visitor.signIn(hoa)).statusCode).toBe(401);
    const entries = shop.audit.entries.map(({ action, outcome, error }) => [action, outcome, error?.code]);
    expect(entries).toEqual([
      ...Array.from({ length: 5 }, () => ['user.login', 'failure', 'wrong_password']),
      ['user.locked', 'success', undefined],
      ['user.login', 'failure', 'account_locked'],
    ]);
    await shop.database.change((db) => db.exec('UPDATE accounts SET locked_until = 1'));
    expect((await visitor.signIn(hoa)).statusCode).toBe(303);
  });

  it('does not reveal which accounts exist, but records the attempts', async () => {
    const visitor = shop.visitor();
    const unknown = await visitor.signIn({ email: 'eve@example.com', password: 'x' });
    const known = await visitor.signIn({ ...shop.accountOf('zoe'), password: 'x' });
    const text = (body: string) => /role="alert">([^<]*)/.exec(body)?.[1];
    expect(text(unknown.body)).toBe(text(known.body));
    expect(shop.audit.entries[0]).toMatchObject({
      actor: { type: 'user', email: 'eve@example.com' },
      error: { code: 'unknown_account' },
    });
  });

  it('refuses a form without a token or with the token of another visitor', async () => {
    const visitor = shop.visitor();
    await visitor.get('/login');
    const zoe = shop.accountOf('zoe');
    const { email, password } = zoe;
    const other = /name="_token" value="([^"]+)"/.exec((await shop.visitor().get('/login')).body)?.[1] ?? '';
    expect(other).not.toBe('');
    expect((await visitor.post('/login', { email, password })).statusCode).toBe(403);
    expect((await visitor.post('/login', { email, password, _token: other })).statusCode).toBe(403);
    expect(shop.audit.entries).toEqual([]);
  });

  it('refuses sign-ins while entries cannot be recorded', async () => {
    shop.audit.fail = diskFull;
    const visitor = shop.visitor();
    const response = await visitor.signIn(shop.accountOf('zoe'));
    expect(response.statusCode).toBe(503);
    expect(response.body).toContain('could not be written to the audit log');
    expect((await visitor.get('/profile')).headers.location).toBe('/login');
  });

  it('creates one account per e-mail address', async () => {
    const values = { name: 'Max', email: 'max@example.com', phone: '1', address: '2', newPassword: 'a good long one' };
    expect((await shop.visitor().submit('/signup', '/signup', values)).statusCode).toBe(303);
    const again = { ...values, email: 'MAX@example.com' };
    expect((await shop.visitor().submit('/signup', '/signup', again)).statusCode).toBe(409);
    expect(shop.audit.entries).toMatchObject([{ action: 'user.created', actor: { email: 'max@example.com' } }]);
    expect(JSON.stringify(shop.audit.entries)).not.toContain('good long');
  });
});
