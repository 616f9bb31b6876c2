import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addAccount, grantRole, listAccounts, type Role } from './accounts.ts';
import type { Database } from './database.ts';
import { CHEAP, hashPassword } from './passwords.ts';
import { addProduct } from './products.ts';

/** A seed account and its password, for demos, tests and the traffic generator. */
export interface SeedAccount {
  name: string;
  email: string;
  password: string;
  roles: Role[];
}

const PEOPLE: [name: string, email: string, phone: string, address: string, ...roles: Role[]][] = [
  ['Ada Lovelace', 'ada@example.com', '+44 20 7946 0018', '12 St James’s Square, London', 'admin'],
  ['Grace Hopper', 'grace@example.com', '+1 202 555 0143', '85 Navy Yard, Arlington', 'staff'],
  ['José Álvarez', 'jose@example.com', '+34 91 555 01 20', 'Calle Mayor 5, Madrid', 'staff'],
  ['Zoë Müller', 'zoe@example.com', '+49 30 23125 014', 'Torstraße 9, Berlin'],
  ['山田 太郎', 'taro@example.com', '+81 3 5550 0127', '東京都千代田区1-1'],
  ['Олена Шевченко', 'olena@example.com', '+380 44 555 0162', 'вул. Хрещатик 22, Київ'],
  ['فاطمة الزهراء', 'fatima@example.com', '+212 5 2255 0131', '7 شارع محمد الخامس، الرباط'],
  ['Nguyễn Thị Hoa', 'hoa@example.com', '+84 24 5550 0175', '36 Hàng Bạc, Hà Nội'],
  ['Siobhán O’Neill', 'siobhan@example.com', '+353 1 555 0114', '4 Dame Street, Dublin'],
  ['Ayşe Yılmaz', 'ayse@example.com', '+90 212 555 0196', 'İstiklal Cd. 81, İstanbul'],
];

const PRODUCTS: [name: string, description: string, cents: number, stock: number][] = [
  ['Copper kettle', 'Two litres, for gas and induction', 8900, 14],
  ['Linen tablecloth', '140 × 220 cm, stone-washed', 5950, 30],
  ['Reading lamp', 'Dimmable, warm light, oak base', 7450, 22],
  ['Café cups “Crème”', 'Set of four, hand-thrown', 3600, 41],
  ['Walnut cutting board', '40 × 25 cm, oiled', 4200, 18],
  ['Wool blanket', 'Merino, 130 × 180 cm', 11900, 9],
  ['Desk fan <Breeze 3>', 'Quiet at "low", strong at "high"', 6490, 12],
  ['Herb garden kit', 'Basil, thyme & parsley', 1990, 60],
];

// Simple in a demo, where people type it; otherwise random.
const passwordFor = (email: string, demo: boolean) =>
  demo ? `${email.split('@')[0]}-demo-password` : randomBytes(12).toString('base64url');

/**
 * Fills an empty shop with accounts and products. Writes the passwords to `accounts.json` in the data folder, readable by its
 * owner only.
 *
 * @returns the seed accounts, also if the shop already has them
 */
export async function seed(database: Database, folder: string, demo: boolean): Promise<SeedAccount[]> {
  const file = join(folder, 'accounts.json');
  if (listAccounts(database.read).length > 0) {
    return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as SeedAccount[]) : [];
  }
  const people = await Promise.all(
    PEOPLE.map(async ([name, email, phone, address, ...more]) => {
      const password = passwordFor(email, demo);
      const roles: Role[] = ['customer', ...more];
      return {
        name,
        email,
        phone,
        address,
        password,
        roles,
        hash: await hashPassword(password, demo ? CHEAP : undefined),
      };
    }),
  );
  const accounts = people.map(({ name, email, password, roles }) => ({ name, email, password, roles }));
  // The file first: without it, the passwords would be lost.
  writeFileSync(file, `${JSON.stringify(accounts, null, 2)}\n`, { mode: 0o600 });
  await database.change((db) => {
    for (const { roles, hash, ...profile } of people) {
      const id = addAccount(db, profile, hash);
      for (const role of roles) grantRole(db, id, role);
    }
    for (const [name, description, price, stock] of PRODUCTS) addProduct(db, { name, description, price, stock });
  });
  return accounts;
}
