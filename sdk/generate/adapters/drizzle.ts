import { PGlite } from '@electric-sql/pglite';
import { runWithContext } from '@auditrail/sdk/context';
import { auditChanges, relayOutbox } from '@auditrail/sdk/drizzle'; // +
import { eq } from 'drizzle-orm';
import { bigint, integer, pgTable, text } from 'drizzle-orm/pg-core';
import { drizzle } from 'drizzle-orm/pglite';
import { ada, type RunAdapter } from './orders.ts';

const orders = pgTable('orders', { id: integer().primaryKey(), price: integer().notNull() });
const outbox = pgTable('audit_outbox', {
  position: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  entry: text().notNull(),
});

export const run: RunAdapter = async (audit) => {
  const client = new PGlite();
  await client.exec(`
    CREATE TABLE orders (id INTEGER PRIMARY KEY, price INTEGER NOT NULL);
    CREATE TABLE audit_outbox (position BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, entry TEXT NOT NULL)`);
  const db = auditChanges(drizzle(client), { outbox, tables: { order: orders } }); // +
  await runWithContext({ actor: ada }, async () => {
    await db.insert(orders).values({ id: 42, price: 100 });
    await db.update(orders).set({ price: 95 }).where(eq(orders.id, 42));
  });
  await relayOutbox(db, outbox, audit); // +
  await client.close();
};
