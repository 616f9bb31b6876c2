import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { asc, eq, inArray, sql } from 'drizzle-orm';
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { drizzle as drizzleProxy } from 'drizzle-orm/sqlite-proxy';
import knexOf, { type Knex } from 'knex';
import Database from 'libsql';
import { runWithContext, withRequest } from '../context/index.ts';
import { outboxEntry, recordOutbox } from './outbox.ts';
import { runJob } from './jobs.ts';
import { memoryAudit } from '../logger/testing.ts';

// Runs the recipes of docs/recipes.md (the last test compares them with the docs), with real Drizzle on Node's SQLite and
// real Knex on libsql.

const memory = memoryAudit();
const audit = withRequest(memory);
let folder: string;
let sqlite: DatabaseSync;
let db: ReturnType<typeof openDrizzle>;
let knex: Knex;

function openDrizzle() {
  return drizzleProxy((query, params, method) => {
    const statement = sqlite.prepare(query);
    if (method === 'run') {
      statement.run(...(params as SQLInputValue[]));
      return Promise.resolve({ rows: [] });
    }
    statement.setReturnArrays(true);
    const rows = statement.all(...(params as SQLInputValue[]));
    return Promise.resolve({ rows: method === 'get' ? (rows[0] as unknown as unknown[]) : rows });
  });
}

// Knex's SQLite dialect with libsql as the driver: it has the API of better-sqlite3 and needs no compiler.
const BetterSqlite3Client = jest.requireActual<typeof Knex.Client>('knex/lib/dialects/better-sqlite3');
class LibsqlClient extends BetterSqlite3Client {
  _driver() {
    return Database;
  }
}

beforeEach(() => {
  memory.entries.length = 0;
  memory.fail = undefined;
  folder = mkdtempSync(join(tmpdir(), 'recipes-'));
  const filename = join(folder, 'app.db');
  sqlite = new DatabaseSync(filename);
  sqlite.exec(`
    CREATE TABLE invoices (id INTEGER PRIMARY KEY, amount INTEGER NOT NULL) STRICT;
    CREATE TABLE audit_outbox (position INTEGER PRIMARY KEY AUTOINCREMENT, entry TEXT NOT NULL) STRICT;
    INSERT INTO invoices VALUES (42, 100);
  `);
  db = openDrizzle();
  knex = knexOf({
    client: LibsqlClient,
    useNullAsDefault: true,
    connection: { filename },
  });
});
afterEach(async () => {
  await knex.destroy();
  sqlite.close();
  rmSync(folder, { recursive: true });
});

const amount = () => sqlite.prepare('SELECT amount FROM invoices WHERE id = 42').get()?.['amount'];
const waiting = () => sqlite.prepare('SELECT count(*) AS n FROM audit_outbox').get()?.['n'];
const ada = { actor: { type: 'user', id: '7' }, source: { ip: '192.0.2.7' } } as const;

// recipe: drizzle
const invoices = sqliteTable('invoices', { id: integer().primaryKey(), amount: integer().notNull() });

async function changeAmountWithDrizzle(id: number, amount: number) {
  await db.transaction(async (tx) => {
    const [before] = await tx.select().from(invoices).where(eq(invoices.id, id));
    await tx.update(invoices).set({ amount }).where(eq(invoices.id, id));
    await audit.record({
      action: 'invoice.updated',
      description: `Amount of invoice ${id} changed`,
      target: { type: 'invoice', id: String(id) },
      changes: [{ path: 'amount', before: before?.amount ?? null, after: amount }],
    });
  });
}
// end

// recipe: knex
async function changeAmountWithKnex(id: number, amount: number) {
  await knex.transaction(async (trx) => {
    await trx('invoices').where({ id }).update({ amount });
    await audit.record({
      action: 'invoice.updated',
      description: `Amount of invoice ${id} changed`,
      target: { type: 'invoice', id: String(id) },
    });
  });
}
// end

describe.each([
  ['drizzle', (n: number) => changeAmountWithDrizzle(42, n)],
  ['knex', (n: number) => changeAmountWithKnex(42, n)],
])('in the transaction: %s', (_, change) => {
  test('the change and its entry are stored together', async () => {
    await runWithContext(ada, () => change(120));
    expect(amount()).toBe(120);
    expect(memory.entries).toMatchObject([{ action: 'invoice.updated', actor: ada.actor, target: { id: '42' } }]);
  });

  test('without the entry there is no change', async () => {
    memory.fail = new Error('the spool is full');
    await expect(runWithContext(ada, () => change(120))).rejects.toThrow('the spool is full');
    expect(amount()).toBe(100);
    memory.fail = undefined;
    await runWithContext(ada, () => change(130));
    expect(amount()).toBe(130);
  });
});

// recipe: outbox drizzle
const auditOutbox = sqliteTable('audit_outbox', {
  position: integer().primaryKey({ autoIncrement: true }),
  entry: text().notNull(),
});

async function changeAmountThroughOutbox(id: number, amount: number) {
  await db.transaction(async (tx) => {
    await tx.update(invoices).set({ amount }).where(eq(invoices.id, id));
    const entry = outboxEntry({ action: 'invoice.updated', description: `Amount of invoice ${id} changed` });
    await tx.insert(auditOutbox).values({ entry });
  });
}

async function relayWithDrizzle() {
  for (;;) {
    const rows = await db.select().from(auditOutbox).orderBy(asc(auditOutbox.position)).limit(256);
    if (rows.length === 0) return;
    await recordOutbox(
      audit,
      rows.map(({ entry }) => entry),
    );
    const positions = rows.map(({ position }) => position);
    await db.delete(auditOutbox).where(inArray(auditOutbox.position, positions));
  }
}
// end

// recipe: outbox knex
async function relayWithKnex() {
  for (;;) {
    const rows = await knex<{ position: number; entry: string }>('audit_outbox').orderBy('position').limit(256);
    if (rows.length === 0) return;
    await recordOutbox(
      audit,
      rows.map(({ entry }) => entry),
    );
    const positions = rows.map(({ position }) => position);
    await knex('audit_outbox').whereIn('position', positions).delete();
  }
}
// end

describe.each([
  ['drizzle', relayWithDrizzle],
  ['knex', relayWithKnex],
])('outbox: %s', (_, relay) => {
  test('keeps request, order and time of the entries until they are recorded', async () => {
    for (let i = 0; i < 300; i++) await runWithContext(ada, () => changeAmountThroughOutbox(42, i));
    expect(waiting()).toBe(300);
    const placed = Date.now();
    memory.fail = new Error('the spool is full');
    await expect(relay()).rejects.toThrow('the spool is full');
    expect(waiting()).toBe(300);
    memory.fail = undefined;
    // The relay's own job must not appear in the entries.
    await runJob(memoryAudit(), { name: 'relay' }, relay);
    expect(waiting()).toBe(0);
    expect(memory.entries).toHaveLength(300);
    expect(memory.entries[0]).toMatchObject({ action: 'invoice.updated', category: 'user', ...ada });
    expect(memory.entries[0]).not.toHaveProperty('request');
    const times = memory.entries.map(({ time }) => time);
    expect(times).toEqual([...times].sort());
    expect(Date.parse(times.at(-1) ?? '')).toBeLessThanOrEqual(placed);
  });

  test('a crash between recording and deleting records the same entry twice, with the same id', async () => {
    await runWithContext(ada, () => changeAmountThroughOutbox(42, 1));
    sqlite.exec("CREATE TRIGGER crash BEFORE DELETE ON audit_outbox BEGIN SELECT RAISE(ABORT, 'crash'); END");
    await expect(relay()).rejects.toThrow();
    sqlite.exec('DROP TRIGGER crash');
    await relay();
    expect(memory.entries).toHaveLength(2);
    expect(memory.entries[0]).toEqual(memory.entries[1]);
  });
});

test('an invalid entry is refused in the transaction', async () => {
  expect(() => outboxEntry({ action: 'no action', description: '', actor: ada.actor })).toThrow(
    expect.objectContaining({ code: 'INVALID_ENTRY' }),
  );
  // Outside a request there is no actor.
  await expect(changeAmountThroughOutbox(42, 120)).rejects.toMatchObject({ code: 'INVALID_ENTRY' });
  expect(amount()).toBe(100);
  await db.run(sql`SELECT 1`);
});

test('docs/recipes.md has the recipes of this file', () => {
  const recipes = [...readFileSync(__filename, 'utf8').matchAll(/^\/\/ recipe: .*\n([\s\S]*?)^\/\/ end$/gm)];
  expect(recipes).toHaveLength(4);
  const docs = readFileSync(join(__dirname, '../../../docs/recipes.md'), 'utf8');
  for (const [, code = ''] of recipes) expect(docs).toContain(code);
});
