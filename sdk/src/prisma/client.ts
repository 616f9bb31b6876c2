/** The arguments of an operation. */
export type Args = Readonly<Record<string, unknown>>;

/** The parts of a Prisma client or transaction that are used. Prisma generates the types of each client. */
export interface Client {
  $transaction: (work: unknown, options?: object) => Promise<unknown>;
  $queryRawUnsafe: (sql: string, ...values: unknown[]) => PromiseLike<unknown>;
}

type Operation = (args?: Args) => PromiseLike<unknown>;

/** Starts an operation of a model: `call(tx, 'invoice', 'findMany', { where })`. */
export function call(client: object, model: string, operation: string, args?: Args): PromiseLike<unknown> {
  const operations = Reflect.get(client, model) as Readonly<Record<string, Operation | undefined>>;
  const run = operations[operation];
  if (!run) throw new TypeError(`auditChanges: this version of Prisma has no ${model}.${operation}()`);
  return run.call(operations, args);
}
