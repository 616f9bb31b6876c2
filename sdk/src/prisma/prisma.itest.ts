import { runWithContext } from '../context/index.ts';
import { memoryAudit } from '../logger/testing.ts';
import { openPrisma, type Prisma, type TestDatabase } from '../testing/prisma-clients.ts';
import { auditChanges, relayOutbox, type AuditChangesOptions } from './index.ts';

const ada = { actor: { type: 'user', id: '7' }, source: { ip: '192.0.2.7' } } as const;
const asAda = <T>(work: () => PromiseLike<T>) => runWithContext(ada, async () => await work());
const OPTIONS: AuditChangesOptions = {
  outbox: 'auditOutbox',
  models: { invoice: ['id'], member: ['team', 'person'], permit: ['kind', 'from'] },
  // Prisma's own limits are five seconds and two.
  transaction: { timeout: 60_000, maxWait: 60_000 },
};

// The real Prisma: its packages, its generated clients and its databases.
describe.each(['PostgreSQL', 'SQLite'] as const)('Prisma on %s', (name) => {
  const audit = memoryAudit();
  let database: TestDatabase;
  let real: Prisma;
  let prisma: Prisma;

  beforeAll(async () => {
    database = await openPrisma(name);
    real = database.prisma;
    prisma = real.$extends(auditChanges(OPTIONS));
  }, 300_000);
  beforeEach(async () => {
    for (const table of ['"_InvoiceToTag"', '"Tag"', 'invoices', '"Person"', 'members', 'permits', 'audit_outbox']) {
      await real.$executeRawUnsafe(`DELETE FROM ${table}`);
    }
    await real.invoice.createMany({ data: [1, 2, 3].map((id) => ({ id, amount: 100, apiToken: 'token' })) });
    audit.entries.length = 0;
  });
  afterAll(() => database.close());

  const amounts = async () => {
    const rows = await real.invoice.findMany<{ amount: number }[]>({ orderBy: { id: 'asc' } });
    return rows.map(({ amount }) => amount);
  };
  const recorded = async () => {
    await relayOutbox(prisma, 'auditOutbox', audit);
    return audit.entries.splice(0);
  };
  const invoice = (id: number) => ({ type: 'invoice', id: String(id) });

  test('create, update and delete are recorded with the values before and after', async () => {
    await asAda(() => prisma.invoice.create({ data: { id: 42, amount: 5, apiToken: 'secret' } }));
    await asAda(() => prisma.invoice.update({ where: { id: 42 }, data: { amount: { increment: 1 } } }));
    await asAda(() => prisma.invoice.delete({ where: { id: 42 } }));
    expect(await recorded()).toMatchObject([
      {
        action: 'invoice.created',
        ...ada,
        target: invoice(42),
        changes: [
          { path: 'id', after: 42 },
          { path: 'amount', after: 5 },
          { path: 'apiToken', after: '[redacted]' },
          { path: 'ownerId', after: null },
        ],
      },
      {
        action: 'invoice.updated',
        description: 'invoice 42 updated',
        target: invoice(42),
        changes: [{ path: 'amount', before: 5, after: 6 }],
      },
      { action: 'invoice.deleted', target: invoice(42), changes: [{ path: 'id', before: 42 }, {}, {}, {}] },
    ]);
  });

  test('upsert is recorded as a creation or as an update', async () => {
    const upsert = () =>
      prisma.invoice.upsert({ where: { id: 9 }, create: { id: 9, amount: 1 }, update: { amount: { increment: 1 } } });
    await asAda(upsert);
    await asAda(upsert);
    expect(await recorded()).toMatchObject([
      { action: 'invoice.created', target: invoice(9) },
      { action: 'invoice.updated', target: invoice(9), changes: [{ path: 'amount', before: 1, after: 2 }] },
    ]);
  });

  test('each row of a bulk write has an entry; rows that stay the same have none', async () => {
    const data = Array.from({ length: 600 }, (_, i) => ({ id: 100 + i, amount: 1 }));
    expect(await asAda(() => prisma.invoice.createMany({ data }))).toEqual({ count: 600 });
    expect(await recorded()).toHaveLength(600);
    const update = { where: { amount: { lte: 100 } }, data: { amount: 100 } };
    expect(await asAda(() => prisma.invoice.updateMany(update))).toEqual({ count: 603 });
    const updated = await recorded();
    expect(updated).toHaveLength(600);
    expect(updated.find(({ target }) => target?.id === '555')?.changes).toEqual([
      { path: 'amount', before: 1, after: 100 },
    ]);
    expect(await asAda(() => prisma.invoice.deleteMany({ where: { id: { gt: 2 } } }))).toEqual({ count: 601 });
    expect(await recorded()).toHaveLength(601);
    expect(await amounts()).toEqual([100, 100]);
  });

  test('bulk writes: limits, duplicates, nothing to change, and what they return', async () => {
    const rows = [1, 4].map((id) => ({ id, amount: 1 }));
    const skipDuplicates = name === 'PostgreSQL';
    const data = skipDuplicates ? rows : rows.slice(1);
    const options = skipDuplicates ? { skipDuplicates } : {};
    const select = { amount: true };
    expect(await asAda(() => prisma.invoice.createManyAndReturn({ data, ...options, select }))).toEqual([
      { amount: 1 },
    ]);
    const where = { id: { lt: 4 } };
    expect(await asAda(() => prisma.invoice.updateMany({ where, data: { amount: 7 }, limit: 2 }))).toEqual({
      count: 2,
    });
    expect(await asAda(() => prisma.invoice.deleteMany({ where, limit: 1 }))).toEqual({ count: 1 });
    expect(await asAda(() => prisma.invoice.updateMany({ where: { id: 0 }, data: { amount: 1 } }))).toEqual({
      count: 0,
    });
    const args = { where: { id: 4 }, data: { amount: 8 }, omit: { id: true, apiToken: true, ownerId: true } };
    expect(await asAda(() => prisma.invoice.updateManyAndReturn(args))).toEqual([{ amount: 8 }]);
    expect((await recorded()).map(({ action }) => action)).toEqual(
      ['created', 'updated', 'updated', 'deleted', 'updated'].map((event) => `invoice.${event}`),
    );
  });

  test('an operation returns what it returns without auditing', async () => {
    const data = { id: 5, amount: 1, owner: { create: { email: 'ada@example.com' } } };
    const args = { data, select: { amount: true, owner: { select: { email: true } } } };
    const row = { amount: 1, owner: { email: 'ada@example.com' } };
    expect(await asAda(() => prisma.invoice.create(args))).toEqual(row);
    expect(await asAda(() => prisma.invoice.delete({ where: { id: 5 }, omit: { id: true } }))).toMatchObject({
      amount: 1,
    });
    const missing = prisma.invoice.update({ where: { id: 99 }, data: { amount: 1 } });
    await expect(missing).rejects.toMatchObject({ code: 'P2025' });
    expect(await recorded()).toHaveLength(2);
  });

  test('a statement runs once, when it is awaited', async () => {
    const statement = prisma.invoice.update({ where: { id: 1 }, data: { amount: { increment: 1 } } });
    expect(await amounts()).toEqual([100, 100, 100]);
    await asAda(() => statement);
    await asAda(() => statement);
    expect(await amounts()).toEqual([101, 100, 100]);
    expect(await recorded()).toHaveLength(1);
  });

  test('a changed key: each row has its own values before and after', async () => {
    await asAda(() => prisma.invoice.update({ where: { id: 1 }, data: { id: 42 }, select: { amount: true } }));
    await asAda(() => prisma.invoice.updateMany({ data: { id: { increment: 100 }, amount: 7 } }));
    const moved = (from: number, to: number, ...changes: object[]) => ({
      target: invoice(from),
      related: [invoice(to)],
      changes: [{ path: 'id', before: from, after: to }, ...changes],
    });
    const entries = await recorded();
    expect(entries).toHaveLength(4);
    expect(entries[0]).toMatchObject(moved(1, 42));
    for (const id of [2, 3, 42]) {
      const entry = entries.findLast(({ target }) => target?.id === String(id));
      expect(entry).toMatchObject(moved(id, id + 100, { path: 'amount', before: 100, after: 7 }));
    }
  });

  test('a primary key of several columns', async () => {
    const data = [
      { team: 'a:b', person: 'c', role: 'owner' },
      { team: 'a', person: 'b:c', role: 'guest' },
    ];
    await asAda(() => prisma.member.createMany({ data }));
    await asAda(() => prisma.member.updateMany({ data: { role: 'member' } }));
    await asAda(() => prisma.member.updateMany({ data: { team: 'z' } }));
    const where = { team_person: { team: 'z', person: 'c' } };
    await asAda(() => prisma.member.delete({ where }));
    const entries = await recorded();
    const of = (id: string) => entries.filter(({ target }) => target?.id === id).map(({ changes }) => changes);
    const from = (role: string) => [{ path: 'role', before: role, after: 'member' }];
    expect(of('a%3Ab:c').slice(1)).toEqual([from('owner'), [{ path: 'team', before: 'a:b', after: 'z' }]]);
    expect(of('a:b%3Ac').slice(1)).toEqual([from('guest'), [{ path: 'team', before: 'a', after: 'z' }]]);
    expect(of('z:c')).toHaveLength(1);
  });

  test('a key with an enum and a time: rows that differ by a millisecond', async () => {
    const permits = [0, 1, 2].map((ms) => ({ kind: 'long', from: new Date(ms), hours: ms }));
    await asAda(() => prisma.permit.createMany({ data: permits }));
    await asAda(() => prisma.permit.updateMany({ data: { hours: { increment: 1 } } }));
    await asAda(() => prisma.permit.deleteMany({ where: { from: { lt: new Date(2) } } }));
    const entries = await recorded();
    expect(entries.slice(3, 6).map(({ changes }) => changes)).toEqual(
      [0, 1, 2].map((ms) => [{ path: 'hours', before: ms, after: ms + 1 }]),
    );
    expect(entries.slice(6).map(({ target }) => target?.id)).toEqual(
      [0, 1].map((ms) => `long:1970-01-01T00%3A00%3A00.00${ms}Z`),
    );
  });

  test('no entry without the change: a rolled back transaction and a refused write leave none', async () => {
    const failing = asAda(() =>
      prisma.$transaction(async (tx) => {
        await tx.invoice.updateMany({ data: { amount: 7 } });
        throw new Error('the handler failed');
      }),
    );
    await expect(failing).rejects.toThrow('the handler failed');
    await expect(asAda(() => prisma.invoice.updateMany({ data: { amount: -1 } }))).rejects.toThrow();
    expect(await amounts()).toEqual([100, 100, 100]);
    expect(await recorded()).toEqual([]);
  });

  test('no change without the entry: not if the outbox fails, and not if the error is caught', async () => {
    const update = { where: { id: 1 }, data: { apiToken: 'x', amount: 7 } };
    const forbidden = real.$extends(auditChanges({ ...OPTIONS, fields: () => ({ reason: 'forbidden' }) }));
    await expect(asAda(() => forbidden.invoice.update(update))).rejects.toThrow();
    const caught = (client: Prisma) =>
      client.$transaction(async (tx) => {
        await tx.person.create({ data: { email: 'ada@example.com' } });
        await tx.invoice.update(update).catch(() => undefined);
      });
    await expect(asAda(() => caught(forbidden))).rejects.toThrow();
    // Outside a request, nobody is known who acts.
    await expect(prisma.invoice.update(update)).rejects.toMatchObject({ code: 'INVALID_ENTRY' });
    await expect(caught(prisma)).rejects.toMatchObject({ code: 'INVALID_ENTRY' });
    // Not awaited.
    const unawaited = prisma.$transaction((tx) => {
      tx.invoice.update(update).catch(() => undefined);
      return Promise.resolve();
    });
    await expect(unawaited).rejects.toMatchObject({ code: 'INVALID_ENTRY' });
    expect(await amounts()).toEqual([100, 100, 100]);
    expect(await real.person.count()).toBe(0);
    expect(await recorded()).toEqual([]);
  });

  test('a transaction: statements run in it one after the other, and a caught failure that wrote nothing is no failure', async () => {
    await asAda(() =>
      prisma.$transaction(async (tx) => {
        const increment = () => tx.invoice.update({ where: { id: 1 }, data: { amount: { increment: 1 } } });
        await Promise.all([increment(), increment()]);
        await tx.invoice.delete({ where: { id: 99 } }).catch(() => undefined);
        expect(await tx.invoice.count({ where: { amount: 102 } })).toBe(1);
      }),
    );
    expect(await recorded()).toMatchObject([
      { changes: [{ before: 100, after: 101 }] },
      { changes: [{ before: 101, after: 102 }] },
    ]);
  });

  // The adapter for PGlite has no savepoints.
  const onlySqlite = name === 'SQLite' ? test : () => undefined;
  onlySqlite('a nested transaction that fails is undone alone', async () => {
    const nested = (tx: Prisma) =>
      tx.$transaction(async (inner) => {
        await inner.invoice.update({ where: { id: 1 }, data: { amount: 7 } });
        throw new Error('the inner part failed');
      });
    await asAda(() =>
      prisma.$transaction(async (tx) => {
        await tx.invoice.update({ where: { id: 2 }, data: { amount: 8 } });
        await expect(nested(tx)).rejects.toThrow('the inner part failed');
      }),
    );
    expect(await amounts()).toEqual([100, 8, 100]);
    expect(await recorded()).toMatchObject([{ target: invoice(2) }]);
  });

  test('a list of statements is one transaction', async () => {
    const update = (amount: number) => prisma.invoice.update({ where: { id: 1 }, data: { amount } });
    const email = 'ada@example.com';
    const list = () => [prisma.person.create({ data: { email } }), update(1), prisma.invoice.count(), update(2)];
    const [person, first, count] = await asAda(() => prisma.$transaction<unknown[]>(list()));
    expect([person, first, count]).toMatchObject([{ email }, { id: 1, amount: 1 }, 3]);
    await expect(asAda(() => prisma.$transaction([update(3), update(-1)]))).rejects.toThrow();
    expect(await prisma.$transaction([prisma.invoice.count(), prisma.person.count()])).toEqual([3, 1]);
    expect(await amounts()).toEqual([2, 100, 100]);
    expect(await recorded()).toHaveLength(2);
  });

  test('nested writes that cannot be recorded are refused, and others are not', async () => {
    const email = 'ada@example.com';
    const nested = (invoices: object) => () => prisma.person.create({ data: { email, invoices } });
    expect(nested({ create: { id: 9, amount: 1 } })).toThrow(
      '"invoices: { create }" changes invoice, which is audited',
    );
    expect(nested({ connect: { id: 1 } })).toThrow('write invoice itself');
    expect(() => prisma.tag.update({ where: { name: 'x' }, data: { invoices: { updateMany: {} } } })).toThrow(
      'audited',
    );
    expect(() =>
      prisma.invoice.update({
        where: { id: 1 },
        data: { owner: { create: { email, invoices: { connect: { id: 2 } } } } },
      }),
    ).toThrow('audited');
    // The foreign key is in the audited row, or in a table between the two.
    const { id } = await prisma.person.create({ data: { email } });
    await prisma.tag.create({ data: { name: 'paid', invoices: { connect: { id: 3 } } } });
    await asAda(() => prisma.invoice.update({ where: { id: 1 }, data: { owner: { connect: { id } } } }));
    expect(await recorded()).toMatchObject([{ changes: [{ path: 'ownerId', before: null, after: id }] }]);
  });

  test('other extensions, the other name of a model, an actor for jobs, and fields of your own', async () => {
    const jobs = real
      .$extends(
        auditChanges({
          ...OPTIONS,
          actor: { type: 'system', id: 'import' },
          fields: ({ type, after }) =>
            type === 'member' ? false : { channel: 'security', reason: String(after?.['amount']) },
        }),
      )
      .$extends({
        model: {
          invoice: {
            pay(this: Prisma['invoice'], id: number) {
              return this.update({ where: { id }, data: { amount: 0 } });
            },
          },
        },
        query: {
          invoice: { update: ({ args, query }: { args: object; query: (args: object) => unknown }) => query(args) },
        },
        client: {
          $reset(this: Prisma) {
            return this.invoice.updateMany({ where: { id: 2 }, data: { amount: 1 } });
          },
        },
      }) as unknown as Prisma & { $reset: () => Promise<unknown>; invoice: { pay: (id: number) => Promise<unknown> } };
    await jobs.invoice.pay(1);
    await jobs.$reset();
    await jobs.Invoice.delete({ where: { id: 3 } });
    await jobs.member.create({ data: { team: 'a', person: 'b', role: 'owner' } });
    const actor = { type: 'system', id: 'import' };
    expect(await recorded()).toMatchObject([
      { action: 'invoice.updated', actor, channel: 'security', reason: '0', target: invoice(1) },
      { action: 'invoice.updated', target: invoice(2) },
      { action: 'invoice.deleted', target: invoice(3) },
    ]);
  });

  test('invalid options are refused when the client is extended', () => {
    const extend = (options: Partial<AuditChangesOptions>) => () =>
      real.$extends(auditChanges({ ...OPTIONS, ...options }));
    expect(extend({ outbox: 'nothing' })).toThrow('the schema has no model nothing');
    expect(extend({ models: { bill: ['id'] } })).toThrow('the schema has no model bill');
    expect(extend({ models: { invoice: ['number'] } })).toThrow('name the members that identify a invoice');
    expect(() => auditChanges(OPTIONS)({})).toThrow('this is not a client of Prisma');
  });
});
