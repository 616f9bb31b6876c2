import type { ChangeEntryOptions } from '../changes/change-entries.ts';
import type { Receipt } from '../chain/receipt.ts';
import type { Recorder } from '../context/with-request.ts';
import { recordOutbox } from '../record/outbox.ts';
import { auditedClient } from './audited-client.ts';
import { AuditedModel } from './audited-model.ts';
import { call } from './client.ts';
import { DataModel } from './data-model.ts';

export type { RowChange } from '../changes/row-changes.ts';

export interface AuditChangesOptions extends ChangeEntryOptions {
  /** The model to which the entries are written, in the transaction of their changes: `'auditOutbox'`. */
  outbox: string;
  /** The models to record and the members that identify their rows: `{ invoice: ['id'] }` records `invoice.updated`. */
  models: Readonly<Record<string, readonly string[]>>;
  /** Prisma's options of the transactions in which single statements run, such as `timeout`. */
  transaction?: { maxWait?: number; timeout?: number; isolationLevel?: string } | undefined;
  /** PostgreSQL: the schema of the tables, if the connection's `search_path` does not contain it. */
  schema?: string | undefined;
}

/**
 * An extension of a Prisma client, after which writes to the given models also write their entries to your outbox, with the
 * values before and after, in the same transaction: change and entry are committed together or not at all. Each row of a
 * bulk write has an entry. {@link relayOutbox} then moves them to the log.
 *
 * For PostgreSQL and SQLite. Raw SQL, triggers, cascades and clients without the extension are not seen.
 *
 * @throws TypeError when the client is extended, if an option is invalid or the database is not supported
 * @example
 * const prisma = new PrismaClient({ adapter }).$extends(auditChanges({ outbox: 'auditOutbox', models: { invoice: ['id'] } }));
 * await prisma.invoice.update({ where: { id: 42 }, data: { amount: 120 } });
 */
export function auditChanges(options: AuditChangesOptions): <C>(client: C) => C {
  const { outbox, models, transaction, schema, ...entries } = options;
  return <C>(client: C): C => {
    const real = client as object;
    const dataModel = new DataModel(real);
    const unknown = [outbox, ...Object.keys(models)].find((name) => !dataModel.has(name));
    if (unknown !== undefined) throw new TypeError(`auditChanges: the schema has no model ${unknown}`);
    const audited = new Map(
      Object.entries(models).map(([name, key]) => [name, new AuditedModel(name, key, dataModel, schema)]),
    );
    return auditedClient(real, { dataModel, models: audited, outbox, entries, transaction }) as C;
  };
}

/**
 * Moves the entries of an outbox to the log, oldest first, and deletes their rows. Run it every second or after each commit, in
 * one process at a time.
 *
 * @param outbox the name of the model, as in {@link AuditChangesOptions.outbox}
 * @param audit a logger that rejects: with `onFailure: 'report'`, entries that were not stored would be deleted
 * @returns the number of entries
 * @example
 * setInterval(() => void relayOutbox(prisma, 'auditOutbox', audit).catch(report), 1_000);
 */
export async function relayOutbox(prisma: object, outbox: string, audit: Recorder<Receipt>): Promise<number> {
  for (let moved = 0; ;) {
    const oldest = { orderBy: { position: 'asc' }, take: 256 };
    const rows = (await call(prisma, outbox, 'findMany', oldest)) as { position: unknown; entry: string }[];
    if (rows.length === 0) return moved;
    await recordOutbox(
      audit,
      rows.map(({ entry }) => entry),
    );
    await call(prisma, outbox, 'deleteMany', { where: { position: { in: rows.map(({ position }) => position) } } });
    moved += rows.length;
  }
}
