import type { Person } from './person.ts';

/** A visit to the shop; each `next()` is one step. */
export type Visit = AsyncGenerator<void, void>;

const linksOf = (page: string, pattern: RegExp) => [...page.matchAll(pattern)].map(([, id = '']) => id);

function choice<T>(items: readonly T[], random: () => number): T | undefined {
  return items[Math.floor(random() * items.length)];
}

/** @returns whether the sign-in succeeded; it fails while the account is locked */
async function* signIn(person: Person, random: () => number): AsyncGenerator<void, boolean> {
  // 12 % mistype the password.
  while (random() < 0.12) {
    await person.signIn(`${person.account.password}x`);
    yield;
  }
  const succeeded = await person.signIn();
  yield;
  return succeeded;
}

async function* buy(person: Person, random: () => number): Visit {
  const { text } = await person.open('/');
  yield;
  const product = choice(linksOf(text, /name="product" value="(\d+)"/g), random);
  if (product !== undefined) await person.submit('/', '/orders', { product });
  yield;
  if (random() < 0.3) {
    await person.submit('/profile', '/profile', { phone: `+1 202 555 01${Math.floor(10 + random() * 90)}` });
    yield;
  }
}

async function* workAsStaff(person: Person, random: () => number): Visit {
  const { text } = await person.open('/');
  const product = choice(linksOf(text, /\/products\/(\d+)\/edit/g), random);
  if (product !== undefined) {
    const price = (10 + Math.floor(random() * 9_000) / 100).toFixed(2);
    await person.submit(`/products/${product}/edit`, `/products/${product}`, { price });
    yield;
  }
  const customers = linksOf((await person.open('/customers')).text, /\/customers\/(\d+)"/g);
  yield;
  for (const customer of customers.filter(() => random() < 0.2)) {
    await person.open(`/customers/${customer}`);
    yield;
  }
  if (random() < 0.3) {
    const name = `Gift box no. ${Math.floor(100 + random() * 900)}`;
    const fields = { name, description: 'For a short time', price: '25.00', stock: '3' };
    const after = await person.submit('/products/new', '/products', fields);
    yield;
    const newest = linksOf(after.text, /\/products\/(\d+)\/edit/g).sort((a, b) => Number(b) - Number(a))[0];
    if (newest !== undefined) await person.submit(`/products/${newest}/edit`, `/products/${newest}/delete`);
    yield;
  }
}

async function* workAsAdmin(person: Person, random: () => number): Visit {
  const { text } = await person.open('/roles');
  yield;
  // Grants a customer the role staff, and revokes it later.
  const grants = [
    ...text.matchAll(/action="\/roles\/grant"[\s\S]*?name="account" value="(\d+)"[\s\S]*?value="(\w+)"/g),
  ];
  const account = choice(
    grants.filter(([, , role]) => role === 'staff'),
    random,
  )?.[1];
  if (account !== undefined && random() < 0.5) {
    await person.submit('/roles', '/roles/grant', { account, role: 'staff' });
    yield;
    await person.submit('/roles', '/roles/revoke', { account, role: 'staff' });
    yield;
  }
  if (random() < 0.3) {
    await person.open('/customers.csv');
    yield;
  }
}

/** A visit from sign-in to sign-out; its steps depend on the person's highest role. */
export async function* visit(person: Person, random: () => number): Visit {
  const { roles } = person.account;
  if (!(yield* signIn(person, random))) return;
  if (roles.includes('admin')) yield* workAsAdmin(person, random);
  else if (roles.includes('staff')) yield* workAsStaff(person, random);
  else yield* buy(person, random);
  await person.signOut();
}
