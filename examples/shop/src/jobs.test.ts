import { runJobs, scheduleJobs } from './jobs.ts';
import { listProducts } from './products.ts';
import { diskFull, openShop } from './testing.ts';

describe('scheduled jobs', () => {
  let shop: Awaited<ReturnType<typeof openShop>>;
  beforeEach(async () => {
    shop = await openShop();
  });
  afterEach(() => shop.close());

  it('record entries of the system, with values before and after', async () => {
    const visitor = shop.visitor();
    await visitor.signIn(shop.accountOf('zoe'));
    await shop.database.change((db) =>
      db.exec('UPDATE sessions SET expires = 1; UPDATE products SET stock = 0 WHERE id = 3'),
    );
    shop.audit.entries.length = 0;
    await runJobs(shop, () => 0);
    const actor = { type: 'system', name: 'Shop jobs' };
    expect(shop.audit.entries).toMatchObject([
      { action: 'session.expired', category: 'task', actor, target: { name: 'Zoë Müller' } },
      { action: 'product.price.updated', actor, changes: [{ path: 'price', before: 3600, after: 3420 }] },
      { action: 'product.restocked', actor, changes: [{ path: 'stock', before: 0, after: 50 }] },
      {
        action: 'jobs.finished',
        outcome: 'success',
        properties: { sessions: 1, prices: 1, restocked: 1, discounts: 0 },
      },
    ]);
  });

  it('let the support agent act for the customer', async () => {
    const zoe = shop.accountOf('zoe');
    await shop.database.change((db) =>
      db.exec(
        `INSERT INTO orders (account_id, product, price, placed) SELECT id, 'Lamp', 2000, 1 FROM accounts WHERE email = '${zoe.email}'`,
      ),
    );
    await runJobs(shop, () => 0);
    expect(shop.audit.entries).toContainEqual(
      expect.objectContaining({
        action: 'order.discounted',
        actor: {
          ...{ type: 'agent', id: 'support-bot', name: 'support-bot' },
          agent: { name: 'support-bot', version: '2.1', model: 'support-small', runId: 'run-0' },
        },
        onBehalfOf: [expect.objectContaining({ type: 'user', name: 'Zoë Müller', email: zoe.email })],
        changes: [{ path: 'price', before: 2000, after: 1900 }],
      }),
    );
    // Each order once.
    await runJobs(shop, () => 0);
    expect(shop.audit.entries.at(-1)).toMatchObject({ properties: { discounts: 0 } });
  });

  it('change nothing if entries cannot be recorded, and run again later', async () => {
    const before = listProducts(shop.database.read);
    shop.audit.fail = diskFull;
    const errors: unknown[] = [];
    let failed = () => {};
    const twice = new Promise<void>((resolve) => {
      failed = () => errors.length === 2 && resolve();
    });
    const stop = scheduleJobs({
      ...shop,
      everyMs: 5,
      onError: (error) => {
        errors.push(error);
        failed();
      },
    });
    await twice;
    await stop();
    expect(listProducts(shop.database.read)).toEqual(before);
    expect(String(errors[0])).toContain('the disk is full');
  });
});
