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

// One store per process, even if the package is loaded twice, as an ES module and as CommonJS.
const KEY = Symbol.for('@auditrail/sdk/request-context/1');

function storage(): AsyncLocalStorage<RequestContext> {
  const shared = globalThis as { [KEY]?: AsyncLocalStorage<RequestContext> };
  shared[KEY] ??= new AsyncLocalStorage<RequestContext>();
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
  return storage().run(context, work);
}

/** The current request's context; `undefined` outside a request. */
export function currentContext(): RequestContext | undefined {
  return storage().getStore();
}
