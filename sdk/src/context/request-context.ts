import { AsyncLocalStorage } from 'node:async_hooks';
import type { AuditEntryInput } from '@auditrail/core';

/**
 * The fields that all entries of one request (or message, or job) have in common. An adapter reads them when they are used:
 * `actor` is the user who is signed in at that moment, and `request.status` is set once the response has started.
 */
export interface RequestContext {
  readonly actor?: AuditEntryInput['actor'] | undefined;
  /** For whom the actor acts, nearest first. */
  readonly onBehalfOf?: AuditEntryInput['onBehalfOf'];
  readonly category?: AuditEntryInput['category'];
  readonly authContext?: string | undefined;
  readonly source?: AuditEntryInput['source'];
  readonly request?: AuditEntryInput['request'];
  readonly trace?: AuditEntryInput['trace'];
}

/** Counts the entries that a request records. */
export interface RequestEntries {
  count: number;
  /** The request in whose context this one was started, as in an application that is mounted in another one. */
  readonly outer: RequestEntries | undefined;
  /** An ended request is not counted any more. */
  ended: boolean;
}

interface Stored {
  context: RequestContext;
  entries: RequestEntries | undefined;
}

// One store per process, even if the package is loaded twice, as an ES module and as CommonJS.
const KEY = Symbol.for('@auditrail/sdk/request-context/2');

function storage(): AsyncLocalStorage<Stored> {
  const shared = globalThis as { [KEY]?: AsyncLocalStorage<Stored> };
  shared[KEY] ??= new AsyncLocalStorage<Stored>();
  return shared[KEY];
}

/**
 * Runs `work`, and everything that it starts, in a context. Adapters call this for HTTP requests; call it yourself for
 * queue messages and sockets.
 *
 * @returns what `work` returns
 * @example
 * await runWithContext({ actor: { type: 'service', id: 'billing' } }, () => handle(message));
 */
export function runWithContext<T>(context: RequestContext, work: () => T): T {
  const store = storage();
  return store.run({ context, entries: store.getStore()?.entries }, work);
}

/** The current request's context; `undefined` outside a request. */
export function currentContext(): RequestContext | undefined {
  return storage().getStore()?.context;
}

/** Starts to count the entries of a request: those recorded in {@link runRequest}, and in contexts that it contains. */
export function requestEntries(): RequestEntries {
  const outer = storage().getStore()?.entries;
  // An ended request is not kept in memory.
  return { count: 0, outer: outer?.ended ? undefined : outer, ended: false };
}

/** Runs `work` in a request's context, as {@link runWithContext} does. */
export function runRequest<T>(context: RequestContext, entries: RequestEntries, work: () => T): T {
  return storage().run({ context, entries }, work);
}

/** Counts an entry of the current request, if there is one. @returns what {@link uncountEntry} needs if the entry fails */
export function countEntry(): RequestEntries | undefined {
  const entries = storage().getStore()?.entries;
  for (let each = entries; each; each = each.outer) each.count += 1;
  return entries;
}

/** Takes back {@link countEntry}: the entry was not stored. */
export function uncountEntry(entries: RequestEntries | undefined): void {
  for (let each = entries; each; each = each.outer) each.count -= 1;
}

/**
 * States that the current request needs no further entry: it recorded one by other means, or it changes nothing, such as a
 * search by POST. It then does not count in `audit.requests.unrecorded`. Loggers of this package call it themselves.
 *
 * @example
 * app.post('/graphql', (req, res) => {
 *   if (isQuery(req.body)) markRecorded();
 * });
 */
export function markRecorded(): void {
  countEntry();
}
