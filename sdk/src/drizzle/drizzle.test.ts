import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { PGlite } from '@electric-sql/pglite';
import { eq, gt, sql } from 'drizzle-orm';
import { bigint, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { drizzle } from 'drizzle-orm/pglite';
import { drizzle as drizzleProxy } from 'drizzle-orm/sqlite-proxy';
import { integer as sqliteInteger, sqliteTable, text as sqliteText } from 'drizzle-orm/sqlite-core';
import { runWithContext } from '../context/index.ts';
import { memoryAudit } from '../logger/testing.ts';
import { auditChanges, relayOutbox } from './index.ts';

// Real Drizzle on a real PostgreSQL (PGlite is PostgreSQL as WebAssembly), and on Node's SQLite.
const ada = { actor: { type: 'user', id: '7' }, source: { ip: '192.0.2.7' } } as const;

const invoices = pgTable('invoices', {
  id: integer().primaryKey(),
  amount: integer().notNull(),
  apiToken: text(),
});
const members = pgTable(
  'members',
  { team: text().notNull(), person: text().notNull(), role: text().notNull() },
  (t) => [primaryKey({ columns: [t.team, t.person] })],
);
const keyless = pgTable('keyless', { name: text() });
const notes = pgTable('notes', { id: integer().primaryKey() });
const outbox = pgTable('audit_outbox', {
  position: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  entry: text().notNull(),
});

const client = new PGlite();
const audit = memoryAudit();
const real = drizzle(client);
const db = auditChanges(real, {
  outbox,
  tables: { invoice: invoices, member: members },
});

beforeAll(() =>
  client.exec(`
    CREATE TABLE invoices (id INTEGER PRIMARY KEY, amount INTEGER NOT NULL CHECK (amount >= 0), "apiToken" TEXT);
    CREATE TABLE members (team TEXT, person TEXT, role TEXT NOT NULL, PRIMARY KEY (team, person));
    CREATE TABLE notes (id INTEGER PRIMARY KEY);
    CREATE TABLE audit_outbox (position BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, entry TEXT NOT NULL);
  `),
);
beforeEach(async () => {
  await client.exec(`
    DROP TRIGGER IF EXISTS no_entries ON audit_outbox;
    TRUNCATE invoices, members, notes, audit_outbox;
    INSERT INTO invoices SELECT i, 100, 'token' FROM generate_series(1, 3) AS i`);
  audit.entries.length = 0;
});
afterAll(() => client.close());

const amounts = async () => (await real.select().from(invoices).orderBy(invoices.id)).map(({ amount }) => amount);
const recorded = async () => {
  await relayOutbox(db, outbox, audit);
  return audit.entries;
};
const asAda = <T>(work: () => PromiseLike<T>) => runWithContext(ada, async () => await work());

test('insert, update and delete are recorded with the values before and after', async () => {
  await asAda(() => db.insert(invoices).values({ id: 42, amount: 5, apiToken: 'secret' }));
  await asAda(() => db.update(invoices).set({ amount: 6 }).where(eq(invoices.id, 42)));
  await asAda(() => db.delete(invoices).where(eq(invoices.id, 42)));
  const target = { type: 'invoice', id: '42' };
  expect(await recorded()).toMatchObject([
    {
      action: 'invoice.created',
      ...ada,
      target,
      changes: [
        { path: 'id', after: 42 },
        { path: 'amount', after: 5 },
        { path: 'apiToken', after: '[redacted]' },
      ],
    },
    {
      action: 'invoice.updated',
      description: 'invoice 42 updated',
      target,
      changes: [{ path: 'amount', before: 5, after: 6 }],
    },
    {
      action: 'invoice.deleted',
      target,
      changes: [
        { path: 'id', before: 42 },
        { path: 'amount', before: 6 },
        { path: 'apiToken', before: '[redacted]' },
      ],
    },
  ]);
});

test('each row of a bulk write has an entry; rows that stay the same have none', async () => {
  const rows = Array.from({ length: 1_200 }, (_, i) => ({ id: 100 + i, amount: 1 }));
  await asAda(() => db.insert(invoices).values(rows));
  expect(await recorded()).toHaveLength(1_200);
  audit.entries.length = 0;
  await asAda(() =>
    db
      .update(invoices)
      .set({ amount: sql`${invoices.amount} % 100 + 1` })
      .where(gt(invoices.id, 2)),
  );
  const entries = await recorded();
  expect(entries).toHaveLength(1_201);
  expect(entries.find(({ target }) => target?.id === '3')?.changes).toEqual([
    { path: 'amount', before: 100, after: 1 },
  ]);
  audit.entries.length = 0;
  await asAda(() => db.update(invoices).set({ amount: 1 }).where(eq(invoices.id, 3)));
  await asAda(() => db.delete(invoices));
  expect(await recorded()).toHaveLength(1_203);
});

test('returning() has the rows, as without auditing', async () => {
  const all = await asAda(() => db.update(invoices).set({ amount: 7 }).where(eq(invoices.id, 1)).returning());
  expect(all).toEqual([{ id: 1, amount: 7, apiToken: 'token' }]);
  const some = await asAda(() => db.delete(invoices).where(gt(invoices.id, 1)).returning({ gone: invoices.id }));
  expect(some).toEqual([{ gone: 2 }, { gone: 3 }]);
  expect(await asAda(() => db.insert(invoices).values({ id: 1, amount: 1 }).onConflictDoNothing().returning())).toEqual(
    [],
  );
  expect(await recorded()).toHaveLength(3);
});

test('no entry without the change: a rolled back transaction and a refused write leave none', async () => {
  const failing = asAda(() =>
    db.transaction(async (tx) => {
      await tx.update(invoices).set({ amount: 7 });
      throw new Error('the handler failed');
    }),
  );
  await expect(failing).rejects.toThrow('the handler failed');
  await expect(asAda(() => db.update(invoices).set({ amount: -1 }))).rejects.toThrow();
  expect(await amounts()).toEqual([100, 100, 100]);
  expect(await recorded()).toEqual([]);
});

test('no change without the entry: not if the outbox fails, and not if the error is caught', async () => {
  await client.exec(`
    CREATE OR REPLACE FUNCTION refuse() RETURNS trigger AS $$ BEGIN RAISE 'the outbox is full'; END $$ LANGUAGE plpgsql;
    CREATE TRIGGER no_entries BEFORE INSERT ON audit_outbox FOR EACH ROW EXECUTE FUNCTION refuse()`);
  await expect(asAda(() => db.update(invoices).set({ amount: 7 }))).rejects.toThrow();
  await asAda(() =>
    db.transaction(async (tx) => {
      await tx.insert(notes).values({ id: 1 });
      await expect(tx.update(invoices).set({ amount: 7 }).execute()).rejects.toThrow();
    }),
  );
  // Outside a request nobody is known who acts.
  await client.exec('DROP TRIGGER no_entries ON audit_outbox');
  await expect(db.update(invoices).set({ amount: 7 }).execute()).rejects.toMatchObject({ code: 'INVALID_ENTRY' });
  expect(await amounts()).toEqual([100, 100, 100]);
  expect(await real.select().from(notes)).toEqual([{ id: 1 }]);
  expect(await recorded()).toEqual([]);
});

test('a changed key: each row has its own values before and after', async () => {
  await asAda(() => db.update(invoices).set({ id: 42 }).where(eq(invoices.id, 1)));
  await client.exec('UPDATE invoices SET amount = id');
  await asAda(() => db.update(invoices).set({ id: sql`${invoices.id} + 100`, amount: sql`${invoices.amount} + 1` }));
  const moved = (from: number, to: number, ...changes: object[]) => ({
    action: 'invoice.updated',
    target: { type: 'invoice', id: String(from) },
    related: [{ type: 'invoice', id: String(to) }],
    changes: [{ path: 'id', before: from, after: to }, ...changes],
  });
  const entries = await recorded();
  expect(entries[0]).toMatchObject(moved(1, 42));
  expect(entries.slice(1)).toHaveLength(3);
  expect(entries).toMatchObject(
    expect.arrayContaining(
      [2, 3, 42].map(
        (id) => expect.objectContaining(moved(id, id + 100, { path: 'amount', before: id, after: id + 1 })) as unknown,
      ),
    ) as object,
  );
});

test('new keys that cannot be foreseen: one row is recorded, several are refused', async () => {
  const random = sql`(1000 + random() * 1000000)::int`;
  await asAda(() => db.update(invoices).set({ id: random }).where(eq(invoices.id, 1)));
  await expect(asAda(() => db.update(invoices).set({ id: random }))).rejects.toThrow('update each invoice alone');
  const entries = await recorded();
  expect(entries).toMatchObject([{ target: { id: '1' }, changes: [{ path: 'id', before: 1 }] }]);
  expect((await real.select().from(invoices)).map(({ id }) => id).filter((id) => id < 1_000)).toEqual([2, 3]);
});

test('a primary key of several columns', async () => {
  const [one, other] = [
    { team: 'a:b', person: 'c' },
    { team: 'a', person: 'b:c' },
  ];
  await asAda(() => db.insert(members).values([one, other].map((key, i) => ({ ...key, role: `role ${i}` }))));
  await asAda(() => db.update(members).set({ role: sql`${members.role} || '!'` }));
  await asAda(() => db.update(members).set({ team: 'z' }));
  await asAda(() => db.update(members).set({ team: 'y', person: undefined }).where(eq(members.person, 'c')));
  const entries = await recorded();
  const of = (id: string) => entries.filter(({ target }) => target?.id === id).map(({ changes }) => changes);
  const moved = [{ path: 'team', before: 'a:b', after: 'z' }];
  expect(of('a%3Ab:c').slice(1)).toEqual([[{ path: 'role', before: 'role 0', after: 'role 0!' }], moved]);
  expect(of('a:b%3Ac').slice(1)).toEqual([
    [{ path: 'role', before: 'role 1', after: 'role 1!' }],
    [{ path: 'team', before: 'a', after: 'z' }],
  ]);
  expect(of('z:c')).toEqual([[{ path: 'team', before: 'z', after: 'y' }]]);
  expect(entries.find(({ target }) => target?.id === 'z:c')?.related).toEqual([{ type: 'member', id: 'y:c' }]);
});

test('a key of your own, an actor for jobs, and fields of your own', async () => {
  const jobs = auditChanges(real, {
    outbox,
    tables: { member: { table: members, key: ['person'] }, note: notes },
    actor: { type: 'system', id: 'import' },
    fields: ({ type, after }) => (type === 'note' ? false : { channel: 'security', reason: String(after?.['role']) }),
  });
  await jobs.insert(members).values({ team: 'a', person: 'b', role: 'owner' });
  await jobs.insert(notes).values({ id: 1 });
  expect(await recorded()).toMatchObject([
    {
      action: 'member.created',
      actor: { type: 'system', id: 'import' },
      target: { type: 'member', id: 'b' },
      channel: 'security',
      reason: 'owner',
    },
  ]);
});

test('what cannot be recorded is refused, and other tables are not touched', async () => {
  const insert = () => db.insert(invoices).values({ id: 1, amount: 1 });
  expect(() => insert().onConflictDoUpdate({ target: invoices.id, set: { amount: 2 } })).toThrow('is not supported');
  expect(() => insert().prepare('x')).toThrow('is not supported');
  const newest = db.$with('newest').as(real.select().from(invoices));
  expect(() => db.with(newest).update(invoices)).toThrow('is not supported');
  expect(() => auditChanges(real, { outbox, tables: { keyless } })).toThrow('name the members that identify');
  expect(() => auditChanges({ resultKind: 'sync' }, { outbox, tables: {} })).toThrow('synchronous');
  await db
    .insert(notes)
    .values({ id: 1 })
    .onConflictDoUpdate({ target: notes.id, set: { id: 2 } });
  expect(await db.select().from(notes)).toEqual([{ id: 1 }]);
  expect(await recorded()).toEqual([]);
});

test("on Node's SQLite", async () => {
  const sqlite = new DatabaseSync(':memory:');
  sqlite.exec(`
    CREATE TABLE invoices (id INTEGER PRIMARY KEY, amount INTEGER NOT NULL) STRICT;
    CREATE TABLE audit_outbox (position INTEGER PRIMARY KEY AUTOINCREMENT, entry TEXT NOT NULL) STRICT;
    INSERT INTO invoices VALUES (1, 100), (2, 100);`);
  const invoices = sqliteTable('invoices', { id: sqliteInteger().primaryKey(), amount: sqliteInteger().notNull() });
  const outbox = sqliteTable('audit_outbox', {
    position: sqliteInteger().primaryKey({ autoIncrement: true }),
    entry: sqliteText().notNull(),
  });
  const database = drizzleProxy((query, params, method) => {
    const statement = sqlite.prepare(query);
    if (method === 'run') {
      statement.run(...(params as SQLInputValue[]));
      return Promise.resolve({ rows: [] });
    }
    statement.setReturnArrays(true);
    return Promise.resolve({ rows: statement.all(...(params as SQLInputValue[])) });
  });
  const db = auditChanges(database, { outbox, tables: { invoice: invoices } });
  await asAda(() => db.update(invoices).set({ amount: 120 }));
  const failing = asAda(() =>
    db.transaction(async (tx) => {
      await tx.delete(invoices);
      throw new Error('the handler failed');
    }),
  );
  await expect(failing).rejects.toThrow('the handler failed');
  expect(await relayOutbox(db, outbox, audit)).toBe(2);
  expect(audit.entries).toMatchObject([
    { target: { id: '1' }, changes: [{ path: 'amount', before: 100, after: 120 }] },
    { target: { id: '2' } },
  ]);
  sqlite.close();
});
