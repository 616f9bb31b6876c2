import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { runWithContext } from '@auditrail/sdk/context';
import { auditChanges, relayOutbox } from '@auditrail/sdk/drizzle'; // +
import { eq } from 'drizzle-orm';
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { drizzle } from 'drizzle-orm/sqlite-proxy';
import { ada, type RunAdapter } from './orders.ts';

const orders = sqliteTable('orders', { id: integer().primaryKey(), price: integer().notNull() });
const outbox = sqliteTable('audit_outbox', {
  position: integer().primaryKey({ autoIncrement: true }),
  entry: text().notNull(),
});

export const run: RunAdapter = async (audit) => {
  const sqlite = new DatabaseSync(':memory:');
  sqlite.exec(`
    CREATE TABLE orders (id INTEGER PRIMARY KEY, price INTEGER NOT NULL);
    CREATE TABLE audit_outbox (position INTEGER PRIMARY KEY AUTOINCREMENT, entry TEXT NOT NULL)`);
  const client = drizzle(async (query, params) => {
    const statement = sqlite.prepare(query);
    statement.setReturnArrays(true);
    return Promise.resolve({ rows: statement.all(...(params as SQLInputValue[])) });
  });
  const db = auditChanges(client, { outbox, tables: { order: orders } }); // +
  await runWithContext({ actor: ada }, async () => {
    await db.insert(orders).values({ id: 42, price: 100 });
    await db.update(orders).set({ price: 95 }).where(eq(orders.id, 42));
  });
  await relayOutbox(db, outbox, audit); // +
  sqlite.close();
};
