/** Runs a statement in a transaction. */
export type Run = (tx: object) => PromiseLike<unknown>;

// Statements that the client started, with what runs them again in a transaction.
const known = new WeakMap<object, { run: Run; audited: boolean }>();

/** Remembers how to run a statement of Prisma in a transaction. It runs once: here or there. */
export function remember(statement: unknown, run: Run): unknown {
  if (typeof statement === 'object' && statement !== null) known.set(statement, { run, audited: false });
  return statement;
}

/** A statement that runs when it is first awaited, as Prisma's do, or in a transaction. */
export function auditedStatement(execute: () => Promise<unknown>, run: Run): PromiseLike<unknown> {
  let started: Promise<unknown> | undefined;
  const promise = () => (started ??= execute());
  const statement = {
    then: (...handlers: Parameters<Promise<unknown>['then']>) => promise().then(...handlers),
    catch: (...handlers: Parameters<Promise<unknown>['catch']>) => promise().catch(...handlers),
    finally: (...handlers: Parameters<Promise<unknown>['finally']>) => promise().finally(...handlers),
    [Symbol.toStringTag]: 'PrismaPromise',
  };
  known.set(statement, { run, audited: true });
  return statement as PromiseLike<unknown>;
}

/**
 * The statements of `$transaction([…])`, if one of them is audited; otherwise `undefined`.
 *
 * @throws TypeError if one cannot be run in a transaction with audited ones
 */
export function auditedBatch(statements: readonly object[]): Run[] | undefined {
  if (!statements.some((statement) => known.get(statement)?.audited)) return undefined;
  return statements.map((statement) => {
    const run = known.get(statement)?.run;
    if (run) return run;
    throw new TypeError('auditChanges: $transaction([…]) has a statement that this client did not start');
  });
}
