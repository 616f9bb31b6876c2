import { accountByEmail } from './accounts.ts';
import { listProducts, productById } from './products.ts';
import { diskFull, openShop, type Visitor } from './testing.ts';

const EVIL = `<script>alert(1)</script>"'); DROP TABLE accounts;--`;

describe('the shop', () => {
  let shop: Awaited<ReturnType<typeof openShop>>;
  beforeAll(async () => {
    shop = await openShop();
  });
  afterAll(() => shop.close());

  async function signedIn(name: string): Promise<Visitor> {
    const visitor = shop.visitor();
    expect((await visitor.signIn(shop.accountOf(name))).statusCode).toBe(303);
    shop.audit.entries.length = 0;
    return visitor;
  }

  it('records creation, update and deletion of a product with values before and after', async () => {
    const grace = await signedIn('grace');
    const created = { name: 'Vase', description: 'Blue', price: '19.99', stock: '4' };
    await grace.submit('/products/new', '/products', created);
    const product = listProducts(shop.database.read).find(({ name }) => name === 'Vase');
    await grace.submit(`/products/${product?.id}/edit`, `/products/${product?.id}`, { price: '24.5' });
    await grace.submit(`/products/${product?.id}/edit`, `/products/${product?.id}/delete`, {});
    const all = { name: 'Vase', description: 'Blue', price: 2450, stock: 4 };
    const target = { type: 'product', id: String(product?.id), name: 'Vase' };
    expect(shop.audit.entries).toMatchObject([
      { action: 'product.created', target, changes: expect.arrayContaining([{ path: 'price', after: 1999 }]) },
      { action: 'product.updated', target, changes: [{ path: 'price', before: 1999, after: 2450 }] },
      { action: 'product.deleted', target, changes: Object.entries(all).map(([path, before]) => ({ path, before })) },
    ]);
    expect(shop.audit.entries.every(({ channel }) => channel === 'catalogue')).toBe(true);
  });

  it('changes nothing if the entry cannot be recorded', async () => {
    const grace = await signedIn('grace');
    const before = productById(shop.database.read, 1);
    shop.audit.fail = diskFull;
    const response = await grace.submit('/products/1/edit', '/products/1', { name: 'Changed' });
    const view = await grace.get('/customers/4');
    shop.audit.fail = undefined;
    expect([response.statusCode, view.statusCode]).toEqual([503, 503]);
    expect(view.body).not.toContain('Torstraße');
    expect(productById(shop.database.read, 1)).toEqual(before);
    // It recovers.
    expect((await grace.submit('/products/1/edit', '/products/1', { name: 'Changed' })).statusCode).toBe(303);
  });

  it('treats markup and SQL as text, on the page and in entries', async () => {
    const zoe = await signedIn('zoe');
    await zoe.submit('/profile', '/profile', { name: EVIL, address: EVIL });
    expect(shop.audit.entries[0]).toMatchObject({
      action: 'user.updated',
      changes: [
        { path: 'name', before: 'Zoë Müller', after: EVIL },
        { path: 'address', before: 'Torstraße 9, Berlin', after: EVIL },
      ],
    });
    const pages = [(await zoe.get('/profile')).body, (await (await signedIn('ada')).get('/roles')).body];
    for (const page of pages) {
      expect(page).toContain('&lt;script&gt;');
      expect(page).not.toContain('<script');
    }
    expect(accountByEmail(shop.database.read, 'zoe@example.com')?.name).toBe(EVIL);
  });

  it('records views of personal data and exports, but not of the list', async () => {
    const jose = await signedIn('jose');
    await jose.get('/customers');
    const { body } = await jose.get('/customers/5');
    expect(body).toContain('東京都');
    expect(shop.audit.entries).toMatchObject([
      {
        action: 'pii.read.customer',
        channel: 'pii-read',
        event: 'read',
        actor: { name: 'José Álvarez' },
        target: { type: 'user', id: '5', name: '山田 太郎' },
        request: { method: 'GET', endpoint: '/customers/5', status: 200 },
      },
    ]);
    const csv = await jose.get('/customers.csv');
    expect(csv.body).toContain('"\'+81 3 5550 0127"');
    expect(shop.audit.entries[1]).toMatchObject({ action: 'report.exported', properties: { rows: 10 } });
  });

  it('records each change of a role once, with the role in the scope', async () => {
    const ada = await signedIn('ada');
    for (const step of ['grant', 'grant', 'revoke', 'revoke']) {
      await ada.submit('/roles', `/roles/${step}`, { account: '7', role: 'admin' });
    }
    expect(shop.audit.entries).toMatchObject([
      {
        action: 'user.role.granted',
        channel: 'security',
        scope: { role: 'admin' },
        target: { id: '7' },
        changes: [{ path: 'roles', before: ['customer'], after: ['customer', 'admin'] }],
      },
      { action: 'user.role.revoked', scope: { role: 'admin' } },
    ]);
    expect((await ada.submit('/roles', '/roles/revoke', { account: '1', role: 'admin' })).statusCode).toBe(409);
  });

  it.each([
    ['/roles', 'grace'],
    ['/customers', 'olena'],
    ['/customers/4', 'olena'],
    ['/products/1/edit', 'olena'],
  ])('denies access to %s for %s, and records it', async (page, name) => {
    const visitor = await signedIn(name);
    expect((await visitor.get(page)).statusCode).toBe(403);
    expect(shop.audit.entries).toMatchObject([
      {
        action: 'access.denied',
        event: 'denied',
        outcome: 'failure',
        error: { code: 'DENIED', message: expect.stringContaining('requires the role') },
        request: { status: 403 },
      },
    ]);
  });

  it('accepts an order only if the product is in stock', async () => {
    const hoa = await signedIn('hoa');
    await shop.database.change((db) => db.exec('UPDATE products SET stock = 1 WHERE id = 2'));
    const order = () => hoa.submit('/', '/orders', { product: '2' });
    expect([(await order()).statusCode, (await order()).statusCode]).toEqual([303, 409]);
    expect(shop.audit.entries).toMatchObject([{ action: 'order.created', target: { name: 'Linen tablecloth' } }]);
  });

  it('changes a password, ends other sessions, and refuses a wrong one', async () => {
    const [one, two] = [await signedIn('siobhan'), await signedIn('siobhan')];
    const change = (password: string) =>
      one.submit('/profile', '/profile/password', { password, newPassword: 'correct horse battery' });
    expect((await change('wrong')).statusCode).toBe(401);
    expect((await change(shop.accountOf('siobhan').password)).statusCode).toBe(303);
    expect(shop.audit.entries.map(({ outcome }) => outcome)).toEqual(['failure', 'success']);
    expect((await two.get('/profile')).headers.location).toBe('/login');
    expect((await one.get('/profile')).statusCode).toBe(200);
  });

  it('responds to invalid requests with an error page', async () => {
    const grace = await signedIn('grace');
    const statuses = [
      (await grace.get('/nothing')).statusCode,
      (await grace.get('/products/x/edit')).statusCode,
      (await grace.get('/customers/99')).statusCode,
      (await grace.submit('/products/1/edit', '/products/1', { price: '-1' })).statusCode,
      (await grace.submit('/products/1/edit', '/products/1', { name: 'x'.repeat(70_000) })).statusCode,
    ];
    expect(statuses).toEqual([404, 400, 404, 400, 413]);
    expect(shop.audit.entries).toEqual([]);
  });
});
