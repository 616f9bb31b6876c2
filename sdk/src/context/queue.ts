import { AuditError, type AuditEntryInput } from '@auditrail/core';
import { activeTrace } from '../active-trace.ts';
import { oneLine, type OperatorLog } from '../log.ts';
import { currentContext, runWithContext, type RequestContext } from './request-context.ts';
import { checkInput } from '../prepare/check-input.ts';

/** A request's context as plain JSON. */
export type CarriedContext = Pick<
  AuditEntryInput,
  'onBehalfOf' | 'category' | 'authContext' | 'source' | 'request' | 'trace'
> & { actor: AuditEntryInput['actor'] };

/** A message with the context of the request that sent it. */
export type Carrying<T> = T & { auditContext?: CarriedContext };

export interface ResumeOptions {
  /** The job's name: recorded as `request.operation`, and as the actor of a message without a context. */
  name?: string | undefined;
  /** Logs contexts that are not valid. Default: the console. */
  log?: OperatorLog | undefined;
}

/** The parts of a BullMQ job that {@link resumeJob} reads; other queues have them as well. */
export interface Job {
  name: string;
  data: unknown;
}

/**
 * Adds the current request's actor, address, session, request id and trace to a message. Entries that the worker records in
 * {@link resume} then have them. Outside a request, the message is returned without a context.
 *
 * The queue then contains this personal data, and whoever can write to the queue can name any actor: never add the body of a
 * request to a queue without `carry()`, which removes a context that the body has.
 *
 * @example
 * await queue.add('refund', carry({ orderId }));
 */
export function carry<T extends object>(message: T, { log = console }: Pick<ResumeOptions, 'log'> = {}): Carrying<T> {
  // A context that is already there could come from the body of an HTTP request.
  const bare = Object.fromEntries(Object.entries(message).filter(([name]) => name !== 'auditContext')) as T;
  const context = currentContext();
  if (!context) return bare;
  try {
    return { ...bare, auditContext: plain(context) };
  } catch (error) {
    log.error(`auditrail: a message is sent without its context: ${oneLine(String(error))}`);
    return bare;
  }
}

function plain(context: RequestContext): CarriedContext {
  const { actor = { type: 'user' }, onBehalfOf, category, authContext, source, request } = context;
  // The response's status is not known yet, or belongs to an answer that says nothing about the job.
  const asked = request && { ...request, status: undefined };
  const trace = activeTrace() ?? context.trace;
  const carried = { actor, onBehalfOf, category, authContext, source, request: asked, trace };
  return JSON.parse(JSON.stringify(carried)) as CarriedContext;
}

// Takes only the fields of a context, and only if entries with them are valid.
function contextIn(message: unknown): CarriedContext | undefined {
  const found = (message as { auditContext?: unknown } | null | undefined)?.auditContext;
  if (typeof found !== 'object' || found === null) return undefined;
  const { actor, onBehalfOf, category, authContext, source, request, trace } = found as CarriedContext;
  const given = Object.entries({ actor, onBehalfOf, category, authContext, source, request, trace });
  const context = Object.fromEntries(given.filter(([, value]) => value !== undefined)) as unknown as CarriedContext;
  checkInput({ action: 'job.started', description: '', ...context });
  return context;
}

/**
 * Runs `work` in the context of the request that sent a message. A message without a context has the job as its actor (type
 * `system`, category `task`), so that entries are never refused for the lack of an actor.
 *
 * @returns what `work` returns
 * @example
 * consumer.on('message', (message) => resume(message, () => handle(message), { name: 'refund' }));
 */
export function resume<T>(message: unknown, work: () => T, { name, log = console }: ResumeOptions = {}): T {
  let context: CarriedContext | undefined;
  try {
    context = contextIn(message);
  } catch (error) {
    if (!(error instanceof AuditError)) throw error;
    const text = oneLine(error.message);
    log.error(`auditrail: the context of a message is not valid; its entries have the job as the actor: ${text}`);
  }
  const operation = name !== undefined && { operation: name };
  const job: RequestContext = {
    actor: { type: 'system', id: name ?? 'queue', name: name ?? 'queue' },
    category: 'task',
    ...(operation && { request: operation }),
  };
  return runWithContext(context ? { ...context, request: { ...context.request, ...operation } } : job, work);
}

/**
 * Wraps a BullMQ processor so that each job runs in the context that {@link carry} put into its data.
 *
 * @example
 * new Worker('orders', resumeJob(async (job) => {
 *   await audit.record({ action: 'order.refunded', description: `Order ${job.data.orderId} refunded` });
 * }), { connection });
 */
export function resumeJob<J extends Job, A extends unknown[], R>(
  processor: (job: J, ...rest: A) => R,
  options: Omit<ResumeOptions, 'name'> = {},
): (job: J, ...rest: A) => R {
  return (job, ...rest) => resume(job.data, () => processor(job, ...rest), { ...options, name: job.name });
}
