import { AsyncLocalStorage } from 'node:async_hooks';
import type { AuditEntryInput } from '@auditrail/core';

/**
 * What is known of the request (message, job) that is being handled: the part that all its entries have in common. An
 * adapter's context is alive: `actor` is asked anew each time, `request.status` is there once the answer has begun.
 */
export interface RequestContext {
  readonly actor?: AuditEntryInput['actor'] | undefined;
  readonly category?: AuditEntryInput['category'];
  readonly authContext?: string | undefined;
  readonly source?: AuditEntryInput['source'];
  readonly request?: AuditEntryInput['request'];
  readonly trace?: AuditEntryInput['trace'];
}

// One store for the process, also where the package is loaded twice, as ES module and as CommonJS.
const KEY = Symbol.for('@auditrail/sdk/request-context/1');

function storage(): AsyncLocalStorage<RequestContext> {
  const shared = globalThis as { [KEY]?: AsyncLocalStorage<RequestContext> };
  shared[KEY] ??= new AsyncLocalStorage<RequestContext>();
  return shared[KEY];
}

/**
 * Runs `work`, and all that it starts, in a context. Adapters do it for requests; do it yourself for messages of a queue
 * or sockets.
 *
 * @example
 * await runWithContext({ actor: { type: 'service', id: 'billing' } }, () => handle(message));
 */
export function runWithContext<T>(context: RequestContext, work: () => T): T {
  return storage().run(context, work);
}

/** The context of the code that is running, `undefined` outside of every request. */
export function currentContext(): RequestContext | undefined {
  return storage().getStore();
}
