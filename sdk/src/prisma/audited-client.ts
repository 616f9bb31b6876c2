import { outboxRows, type ChangeEntryOptions } from '../changes/change-entries.ts';
import type { AuditedModel } from './audited-model.ts';
import { auditedWrite, WRITES } from './audited-write.ts';
import { call, type Args, type Client } from './client.ts';
import { DataModel } from './data-model.ts';
import { refuseNestedWrites } from './nested-writes.ts';
import { auditedBatch, auditedStatement, remember, type Run } from './statement.ts';
import { AuditedTransaction } from './transaction.ts';

export interface Audit {
  dataModel: DataModel;
  models: ReadonlyMap<string, AuditedModel>;
  outbox: string;
  entries: ChangeEntryOptions;
  /** Options of the transactions that are opened for single statements. */
  transaction: object | undefined;
}

const RAW = ['$queryRaw', '$queryRawUnsafe', '$queryRawTyped', '$executeRaw', '$executeRawUnsafe'];
// Prisma's own methods; those of extensions see the audited client.
const OWN = new Set([...RAW, '$connect', '$disconnect', '$on', '$transaction', '$extends']);
const READS = [
  ...['findUnique', 'findUniqueOrThrow', 'findFirst', 'findFirstOrThrow', 'findMany', 'count', 'aggregate', 'groupBy'],
];

type Method = (...args: unknown[]) => unknown;

/** A client, or in a transaction its client, whose writes to the audited models write their entries too. */
export function auditedClient(real: object, audit: Audit, transaction?: AuditedTransaction): object {
  const { dataModel } = audit;
  const audited = new Set(audit.models.keys());
  const models = new Map<string, object>();

  const perform = async (tx: object, model: AuditedModel, operation: string, args: Args, started: () => void) => {
    // A statement of one part that fails has written nothing.
    if (operation.includes('Many') || dataModel.writesRelations(model.name, args)) started();
    const { result, changes } = await auditedWrite(tx as Client, model, operation, args);
    started();
    for (const data of outboxRows(changes, audit.entries)) await call(tx, audit.outbox, 'createMany', { data });
    return result;
  };

  // Runs `work` in a transaction of its own; in one that is open already, as a savepoint, if the database has them.
  const inTransaction = (work: (tx: object, state: AuditedTransaction) => unknown, options?: object) =>
    (real as Client).$transaction(
      async (tx: object) => {
        const state = new AuditedTransaction();
        const result = await work(tx, state);
        await state.finish();
        return result;
      },
      ...(options ? [options] : []),
    );

  const write = (model: AuditedModel, operation: string, args: Args = {}): PromiseLike<unknown> => {
    const run = (tx: object, state: AuditedTransaction) =>
      state.run((started) => perform(tx, model, operation, args, started));
    const execute = () => (transaction ? run(real, transaction) : inTransaction(run, audit.transaction));
    return auditedStatement(execute, (tx) => perform(tx, model, operation, args, () => undefined));
  };

  const auditedOperations = (name: string, operations: object, client: object): object =>
    new Proxy(operations, {
      get(target, operation, receiver) {
        if (operation === '$parent') return client;
        const value: unknown = Reflect.get(target, operation, target);
        if (typeof value !== 'function' || typeof operation === 'symbol') return value;
        // Methods of extensions see the audited operations.
        const method = value.bind(receiver) as Method;
        const model = audit.models.get(name);
        if (WRITES.has(operation)) {
          return (args?: Args) => {
            refuseNestedWrites(dataModel, audited, name, args);
            return model
              ? write(model, operation, args)
              : remember(method(args), (tx) => call(tx, name, operation, args));
          };
        }
        if (!READS.includes(operation)) return method;
        return (args?: Args) => remember(method(args), (tx) => call(tx, name, operation, args));
      },
    });

  return new Proxy(real, {
    get(target, property, receiver) {
      const value: unknown = Reflect.get(target, property, target);
      if (typeof property === 'symbol' || value === undefined || value === null) return value;
      const model = DataModel.nameOf(property);
      if (dataModel.has(model)) {
        const operations = models.get(model) ?? auditedOperations(model, value, receiver as object);
        models.set(model, operations);
        return operations;
      }
      if (typeof value !== 'function') return value;
      const method = value.bind(OWN.has(property) || property.startsWith('_') ? target : receiver) as Method;
      if (property === '$extends') {
        return (extension: unknown) =>
          typeof extension === 'function'
            ? (extension as Method)(receiver)
            : auditedClient(method(extension) as object, audit, transaction);
      }
      if (property === '$transaction') {
        return (work: readonly object[] | ((tx: object) => unknown), options?: object) => {
          if (typeof work === 'function') {
            return inTransaction((tx, state) => work(auditedClient(tx, audit, state)), options);
          }
          const batch = auditedBatch(work);
          return batch ? inTransaction((tx) => inOrder(batch, tx), options) : method(work, options);
        };
      }
      if (RAW.includes(property)) {
        return (...args: unknown[]) =>
          remember(method(...args), (tx) => (Reflect.get(tx, property) as Method)(...args) as PromiseLike<unknown>);
      }
      return method;
    },
  });
}

async function inOrder(batch: readonly Run[], tx: object): Promise<unknown[]> {
  const results: unknown[] = [];
  for (const run of batch) results.push(await run(tx));
  return results;
}
