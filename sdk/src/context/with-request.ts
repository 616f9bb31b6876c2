import { AuditError, type AuditEntryInput } from '@auditrail/core';
import type { Receipt } from '../chain/receipt.ts';
import { currentContext, type RequestContext } from './request-context.ts';
import type { RecordOptions } from '../logger/options.ts';
import { actingMethods, type Acting, type DeniedInput } from '../record/acting.ts';
import { activeTrace } from '../active-trace.ts';

/** A logger's `record()`. `R` includes `undefined` for a logger with `onFailure: 'report'`, which does not reject. */
export interface Recorder<R extends Receipt | undefined = Receipt | undefined> {
  record(entry: AuditEntryInput): Promise<R>;
}

/** An entry whose actor may come from the request. */
export type RequestEntryInput = Omit<AuditEntryInput, 'actor'> & { actor?: AuditEntryInput['actor'] | undefined };

// The overloads of the logger's record(), with an optional actor. There are two, because a call with options can return
// another type.
type RecordOf<F> = F extends {
  (entry: AuditEntryInput, ...rest: infer A): infer X;
  (entry: AuditEntryInput, ...rest: infer B): infer Y;
}
  ? { (entry: RequestEntryInput, ...rest: A): X; (entry: RequestEntryInput, ...rest: B): Y }
  : never;

type ResultOf<L extends Recorder> = Awaited<ReturnType<L['record']>>;

/** A logger whose `record()`, `as()` and `denied()` fill in the request's fields. */
export type RequestLogger<L extends Recorder> = Omit<L, 'record' | 'as' | 'denied'> & {
  record: RecordOf<L['record']>;
  as(actor: AuditEntryInput['actor']): Acting<ResultOf<L>>;
  denied(entry: DeniedInput<RequestEntryInput>, options?: RecordOptions): Promise<ResultOf<L>>;
};

// A field of the input that is `undefined` counts as missing.
function merged<T extends object>(context: T | undefined, input: T | undefined): T | undefined {
  if (!context || !input) return input ?? context;
  return { ...context, ...Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)) };
}

/** Fills missing fields of an entry from the context. `source` and `request` are merged; an actor is never mixed of two. */
export function fillFromContext(entry: RequestEntryInput, context: RequestContext | undefined): AuditEntryInput {
  // A request without a signed-in user still has a user, who is not known by name.
  const actor = entry.actor ?? context?.actor ?? (context && { type: 'user' as const });
  if (!actor) {
    const message = 'set an actor, or record inside a request, runWithContext() or runJob()';
    throw new AuditError('INVALID_ENTRY', `no actor for ${entry.action}: ${message}`, {
      issues: [{ path: 'actor', message }],
    });
  }
  if (!context) return { ...entry, actor };
  const filled = {
    // The context's persons belong to the context's actor.
    onBehalfOf: entry.onBehalfOf ?? (entry.actor ? undefined : context.onBehalfOf),
    category: entry.category ?? context.category,
    authContext: entry.authContext ?? context.authContext,
    source: merged(context.source, entry.source),
    request: merged(context.request, entry.request),
    trace: entry.trace ?? activeTrace() ?? context.trace,
  };
  const defined = Object.fromEntries(Object.entries(filled).filter(([, value]) => value !== undefined));
  return { ...entry, ...defined, actor };
}

/**
 * Wraps a logger so that `record()` takes actor, source, request and trace from the current request
 * ({@link currentContext}). Fields that the entry sets win, also single fields of `source` and `request`. All other methods
 * of the logger, such as `flush()` and `shutdown()`, work as before.
 *
 * `record()` rejects with AuditError `INVALID_ENTRY` if neither the entry nor a request has an actor.
 *
 * @example
 * const audit = withRequest(createAuditLogger({ service: 'shop', spool: './spool' }));
 * app.post('/orders', async (req, res) => {
 *   await audit.record({ action: 'order.created', description: 'Order placed' });
 * });
 */
export function withRequest<L extends Recorder>(audit: L): RequestLogger<L> {
  const record = async (entry: RequestEntryInput, ...rest: unknown[]): Promise<ResultOf<L>> => {
    const write = audit.record.bind(audit) as (...args: unknown[]) => Promise<ResultOf<L>>;
    return write(fillFromContext(entry, currentContext()), ...rest);
  };
  const own = { record, ...actingMethods(record) };
  return new Proxy<object>(audit, {
    get(target, key) {
      if (key in own) return own[key as keyof typeof own];
      const value: unknown = Reflect.get(target, key, target);
      // Bound, because a proxy has no access to private fields of a class.
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  }) as RequestLogger<L>;
}
