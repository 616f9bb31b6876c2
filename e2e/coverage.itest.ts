import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { coverage, listRoutes } from '@auditrail/sdk/coverage';
import type { FastifyInstance } from 'fastify';
import { createShopAudit } from '../examples/shop/src/audit.ts';
import { Database } from '../examples/shop/src/database.ts';
import { seed, type SeedAccount } from '../examples/shop/src/seed.ts';
import { createServer } from '../examples/shop/src/server.ts';
import { Visitor } from '../examples/shop/src/testing.ts';
import { inRoot } from '../stack/src/index.ts';
import { sendEntries, testEntry, waitForTrail } from '../stack/src/testing/index.ts';
import { testStack, uniqueTenant } from '../stack/src/testing/test-stack.ts';

// The example shop, with five routes that change something and record nothing.
const UNRECORDED = [
  'DELETE /carts/:id',
  'PATCH /orders/:id/note',
  'POST /products/:id/reviews',
  'POST /wishlist',
  'PUT /carts/:id',
];
const { urls, tokensFor } = testStack();
const tenant = uniqueTenant('coverage');
const folder = mkdtempSync(join(tmpdir(), 'coverage-'));
const inFolder = (name: string) => join(folder, name);

interface Answer {
  code: number;
  stdout: string;
  stderr: string;
}

function run(args: readonly string[], reader = tenant): Promise<Answer> {
  const env = { ...process.env, NODE_OPTIONS: '', AUDITRAIL_READ_TOKEN: tokensFor(reader).read };
  const command = ['--conditions=@auditrail/source', inRoot('keeper/src/cli.ts'), 'coverage', '--tenant', reader];
  return new Promise((resolve) => {
    execFile(process.execPath, [...command, ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

function addUnrecordedRoutes(server: FastifyInstance): void {
  for (const route of UNRECORDED) {
    const [method = '', url = ''] = route.split(' ');
    server.route({ method, url, handler: () => 'done' });
  }
}

async function visitEveryRoute(server: FastifyInstance, accounts: readonly SeedAccount[]): Promise<void> {
  const accountOf = (name: string) => {
    const account = accounts.find(({ email }) => email.startsWith(name));
    if (!account) throw new Error(`account ${name} not found`);
    return account;
  };
  const ada = new Visitor(server);
  await ada.signIn(accountOf('ada'));
  await ada.submit('/roles', '/roles/grant', { account: '8', role: 'staff' });
  await ada.submit('/roles', '/roles/revoke', { account: '8', role: 'staff' });
  const zoe = new Visitor(server);
  const { email, password } = accountOf('zoe');
  for (let i = 0; i < 10; i++) await zoe.signIn({ email, password: 'wrong' });
  await ada.submit('/roles', '/unlock', { account: '4' });
  const product = { name: 'Tea towel', description: 'Linen', price: '9', stock: '3' };
  await ada.submit('/roles', '/roles/grant', { account: '1', role: 'staff' });
  await ada.submit('/products/new', '/products', product);
  await ada.submit('/products/1/edit', '/products/1', { price: '24.5' });
  await ada.submit('/', '/orders', { product: '2' });
  await ada.submit('/products/3/edit', '/products/3/delete', {});
  await zoe.signIn({ email, password });
  await zoe.submit('/profile', '/profile', { phone: '+49 30 1' });
  await zoe.submit('/profile', '/profile/password', { password, newPassword: 'correct horse battery' });
  // What the five routes answer.
  await zoe.submit('/profile', '/wishlist', {});
  await zoe.submit('/profile', '/products/2/reviews', {});
  for (const [method, url] of [
    ['PUT', '/carts/7'],
    ['PATCH', '/orders/1/note'],
    ['DELETE', '/carts/7'],
  ] as const) {
    expect((await server.inject({ method, url })).statusCode).toBe(200);
  }
  await zoe.submit('/profile', '/logout', {});
  const person = { name: 'Alan', email: 'alan@example.com', phone: '1', address: 'x', newPassword: 'correct horse' };
  await new Visitor(server).submit('/signup', '/signup', person);
}

beforeAll(async () => {
  const database = new Database(folder);
  const accounts = await seed(database, folder, true);
  const spool = inFolder('spool');
  const audit = createShopAudit({ endpoint: urls.collector, tenant, token: tokensFor(tenant).write, spool });
  const server = createServer({ database, audit, lockMs: 60_000, sessionMs: 60_000 });
  addUnrecordedRoutes(server);
  try {
    await visitEveryRoute(server, accounts);
    writeFileSync(inFolder('routes.json'), JSON.stringify(listRoutes(server)));
    await audit.flush();
  } finally {
    await server.close();
    await audit.shutdown();
    await database.close();
  }
  await waitForTrail(testStack(), tenant, 12);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

test('names exactly the five routes that recorded nothing', async () => {
  const { code, stdout, stderr } = await run(['--routes', inFolder('routes.json'), '--url', urls.gateway, '--json']);
  expect(stderr).toBe('');
  const { routes, never } = JSON.parse(stdout) as {
    routes: { method: string; route: string; status: string; entries: number; first?: string; last?: string }[];
    never: number;
  };
  const named = routes.filter(({ status }) => status === 'never').map(({ method, route }) => `${method} ${route}`);
  expect(named.sort()).toEqual(UNRECORDED);
  expect({ code, never }).toEqual({ code: 1, never: 5 });
  const others = routes.filter(({ status }) => status !== 'never');
  expect(others).toHaveLength(12);
  const trail = await waitForTrail(testStack(), tenant, 1);
  for (const { status, entries, first = '', last = '' } of others) {
    expect(status).toBe('recorded');
    expect(entries).toBeGreaterThan(0);
    expect(first <= last).toBe(true);
  }
  const times = trail.flatMap(({ entry }) => (entry?.request?.endpoint === '/login' ? [entry.time.slice(0, 23)] : []));
  const login = others.find(({ route }) => route === '/login');
  expect(login).toMatchObject({ entries: times.length, first: `${times.at(-1)}Z`, last: `${times[0]}Z` });
});

test('the middleware counted these five routes, and no other', () => {
  const silent = coverage().filter(({ unrecorded }) => unrecorded > 0);
  expect(silent.map(({ method, route }) => `${method} ${route}`).sort()).toEqual(UNRECORDED);
});

test('ignored routes are left out; the table names what is missing first', async () => {
  const files = ['--routes', inFolder('routes.json'), '--url', urls.gateway];
  const some = await run([...files, '--ignore', '/carts/:id', 'POST /wishlist']);
  expect(some.stdout).toMatch(/^Routes: 14, of which 2 never recorded\nNEVER {4}/);
  expect(some.stdout).toMatch(/\nok {7}POST \/login +\d+ entries, first 20\S+Z, last 20\S+Z\n/);
  expect(some.code).toBe(1);
  const rest = ['/carts/:id', '/wishlist', '/products/:id/reviews', '/orders/:id/note'];
  const all = await run([...files, '--ignore', ...rest, '--service', 'shop']);
  expect(all).toMatchObject({ code: 0, stderr: '' });
  // The shop's entries are not those of another service.
  expect((await run([...files, '--service', 'crm'])).stdout).toContain('17, of which 17 never recorded');
});

test('declared actions; generic entries; an interval before the entries', async () => {
  const own = uniqueTenant('coverage-own');
  const stack = testStack();
  const EVIL = 'shop.a`b"c\\d';
  await sendEntries(stack, own, [
    testEntry({ action: 'order.created', request: { method: 'POST', endpoint: '/orders' } }),
    testEntry({ action: 'request.completed', request: { method: 'PUT', endpoint: '/orders/:id' } }),
    testEntry({ action: 'order.seen', request: { method: 'GET', endpoint: '/orders/:id' } }, { msAgo: 2 * 86_400_000 }),
  ]);
  await waitForTrail(stack, own, 3);
  writeFileSync(
    inFolder('actions.json'),
    JSON.stringify({ actions: { 'order.created': {}, 'order.seen': {}, [EVIL]: {} } }),
  );
  const routes = [
    { method: 'post', route: '/orders' },
    { method: 'ALL', route: '/orders/[id]' },
    { method: 'GET', route: '/orders/:id' },
  ];
  writeFileSync(inFolder('own.json'), JSON.stringify(routes));
  const args = ['--routes', inFolder('own.json'), '--actions', inFolder('actions.json'), '--url', urls.gateway];
  const ask = async (since: string) => {
    const { code, stdout, stderr } = await run([...args, '--json', '--since', since], own);
    expect(stderr).toBe('');
    type Rows = { status: string; entries: number }[];
    return { code, result: JSON.parse(stdout) as Record<'routes' | 'actions', Rows> };
  };
  const { code, result } = await ask('40d');
  expect(code).toBe(1);
  expect(result.routes.map(({ status }) => status)).toEqual(['recorded', 'generic', 'recorded']);
  expect(result.actions.map(({ status, entries }) => [status, entries])).toEqual([
    ['recorded', 1],
    ['recorded', 1],
    ['never', 0],
  ]);
  const today = await ask('1d');
  expect(today.result.actions.map(({ status }) => status)).toEqual(['recorded', 'never', 'never']);
});

test('wrong use and no answer end with exit code 2', async () => {
  const url = ['--url', urls.gateway];
  writeFileSync(inFolder('empty.json'), '[]');
  writeFileSync(inFolder('wrong.json'), '{"routes":1}');
  const routes = ['--routes', inFolder('routes.json')];
  const cases: [string[], string][] = [
    [url, 'give --routes FILE'],
    [routes, 'give --url'],
    [[...url, '--routes', inFolder('empty.json')], 'contains no routes'],
    [[...url, '--routes', inFolder('wrong.json')], 'is not a list of'],
    [[...url, '--routes', inFolder('missing.json')], 'cannot be read'],
    [[...url, ...routes, '--since', 'soon'], 'soon is not a time'],
    [['--url', 'http://127.0.0.1:15999', ...routes], 'no answer from'],
  ];
  for (const [args, message] of cases) {
    const { code, stderr } = await run(args);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
  }
}, 60_000);
