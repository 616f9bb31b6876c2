import { AuditError, type AuditEntryInput } from '@auditrail/core';
import type { Receipt } from '../logger/audit-logger.ts';
import { currentContext, type RequestContext } from './request-context.ts';
import { activeTrace } from '../active-trace.ts';

/** The part of a logger that writes; `R` is `undefined`, too, where it reports failures and does not reject. */
export interface Recorder<R extends Receipt | undefined = Receipt | undefined> {
  record(entry: AuditEntryInput): Promise<R>;
}

/** An entry whose actor may come from the request. */
export type RequestEntryInput = Omit<AuditEntryInput, 'actor'> & { actor?: AuditEntryInput['actor'] | undefined };

// The logger's own ways to call record(), with an entry whose actor may come from the request. Two patterns, since a call
// with options can have another result.
type RecordOf<F> = F extends {
  (entry: AuditEntryInput, ...rest: infer A): infer X;
  (entry: AuditEntryInput, ...rest: infer B): infer Y;
}
  ? { (entry: RequestEntryInput, ...rest: A): X; (entry: RequestEntryInput, ...rest: B): Y }
  : never;

/** A logger whose `record()` knows the request. */
export type RequestLogger<L extends Recorder> = Omit<L, 'record'> & { record: RecordOf<L['record']> };

// What is `undefined` was not said.
function merged<T extends object>(known: T | undefined, said: T | undefined): T | undefined {
  if (!known || !said) return said ?? known;
  return { ...known, ...Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)) };
}

/** The entry with what the context knows; what the entry says itself goes first, an actor as a whole. */
export function fillFromContext(entry: RequestEntryInput, context: RequestContext | undefined): AuditEntryInput {
  // Somebody without an account is somebody all the same.
  const actor = entry.actor ?? context?.actor ?? (context && { type: 'user' as const });
  if (!actor) {
    const message = 'give an actor, or record inside of a request, runWithContext() or runJob()';
    throw new AuditError('INVALID_ENTRY', `no actor for ${entry.action}: ${message}`, {
      issues: [{ path: 'actor', message }],
    });
  }
  if (!context) return { ...entry, actor };
  const { trace: contextTrace, ...known } = context;
  const filled = {
    category: entry.category ?? known.category,
    authContext: entry.authContext ?? known.authContext,
    source: merged(known.source, entry.source),
    request: merged(known.request, entry.request),
    trace: entry.trace ?? activeTrace() ?? contextTrace,
  };
  const given = Object.fromEntries(Object.entries(filled).filter(([, value]) => value !== undefined));
  return { ...entry, ...given, actor };
}

/**
 * A logger whose `record()` takes actor, source, request and trace from the request that is being handled
 * ({@link currentContext}); fields that an entry gives itself go before, one by one within `source` and `request`. Outside
 * of a request, an entry has to bring its actor.
 *
 * @returns the same logger otherwise: `flush()`, `shutdown()` and the rest are its own
 * @example
 * const audit = withRequest(createAuditLogger({ service: 'shop', spool: './spool' }));
 * app.post('/orders', async (req, res) => {
 *   await audit.record({ action: 'order.created', description: 'Order placed' });
 * });
 */
export function withRequest<L extends Recorder>(audit: L): RequestLogger<L> {
  const record = async (entry: RequestEntryInput, ...rest: unknown[]) => {
    const write = audit.record.bind(audit) as (entry: AuditEntryInput, ...rest: unknown[]) => ReturnType<L['record']>;
    return write(fillFromContext(entry, currentContext()), ...rest);
  };
  return new Proxy<object>(audit, {
    get(target, key) {
      if (key === 'record') return record;
      const value: unknown = Reflect.get(target, key, target);
      // Bound, since a class's private fields are not the proxy's.
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  }) as RequestLogger<L>;
}
