import { isSpanContextValid } from '@opentelemetry/api';
import { cutUtf8, type AuditEntryInput, type AuthContext } from '@auditrail/core';
import { activeTrace } from '../active-trace.ts';
import { oneLine, type OperatorLog } from '../log.ts';
import type { Identity } from '../record/acting.ts';
import { clientReader, type ClientIpOptions } from './client-ip.ts';
import { requestEntries, runRequest, type RequestContext } from '../context/request-context.ts';
import { cookieOf, sessionIdOf } from './session-id.ts';
import { isMutating, unrecordedCheck, type UnrecordedOptions } from './unrecorded.ts';

/** Options of an adapter. `Req` is the framework's request. */
export interface RequestOptions<Req> extends ClientIpOptions, UnrecordedOptions {
  /**
   * Returns the signed-in user as `actor`. If an administrator impersonates a customer, the administrator is the `actor`, and
   * the customer is in `onBehalfOf`. Runs when an entry is recorded, so it can use what later middleware sets.
   */
  getIdentity?: ((request: Req) => Identity | null | undefined) | undefined;
  /** Returns the request's id in the logs. Default: the header `x-request-id`, if a trusted proxy sets it. */
  getRequestId?: ((request: Req) => string | undefined) | undefined;
  /** The name of the session cookie, or a function that returns the cookie or token. Only a hash of it is recorded. */
  session?: string | ((request: Req) => string | undefined) | undefined;
  /** Returns the route's pattern, such as `/customers/:id`. Default: the framework's. Never return a URL, which can contain personal data. */
  getRoute?: ((request: Req) => string | undefined) | undefined;
  /** The interface that the user used: `ui`, `api`, `mcp`, `cli`, `job`, or a word of your own. */
  authContext?: AuthContext | undefined;
  /**
   * Called in the request's context when it has ended, also if the client disconnected. `context.request.status` is missing
   * if the response had not started. Use it for entries about requests as such; if an action must not happen without its
   * entry, record the entry in the handler, before the action.
   */
  onEnd?: ((context: RequestContext) => unknown) | undefined;
  /** Logs failures of these functions. Default: the console. */
  log?: OperatorLog | undefined;
}

/** What an adapter reads from its framework's request. */
export interface RequestFacts {
  method: string | undefined;
  /** The path of the request's address, with or without its query. */
  path: string | undefined;
  /** The peer address of the connection. */
  peer: string | undefined;
  header: (name: string) => string | undefined;
  route: () => string | undefined;
  /** The response's status; `undefined` until the response starts. */
  status: () => number | undefined;
}

/** A request in its context. */
export interface AuditedRequest {
  run: <T>(work: () => T) => T;
  /** To be called when the request has ended; `undefined` if nothing waits for it. Never rejects. */
  end: (() => Promise<void>) | undefined;
}

const USER_AGENT_BYTES = 512;
// Control characters and line separators.
const CONTROL = /[\p{Cc}\u2028\u2029]+/gu;

const REQUEST_ID_BYTES = 200;
const requestIdOf = (id: string) => cutUtf8(id.toWellFormed().replace(CONTROL, ' '), REQUEST_ID_BYTES);

/** The user agent of a request as it is recorded: at most 512 bytes, on one line. */
export function userAgentOf(text: string | undefined): string | undefined {
  return text && cutUtf8(text.toWellFormed().replace(CONTROL, ' '), USER_AGENT_BYTES);
}

function traceOf(traceparent: string | undefined): AuditEntryInput['trace'] {
  const [, traceId = '', spanId = ''] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/.exec(traceparent ?? '') ?? [];
  return isSpanContextValid({ traceId, spanId, traceFlags: 0 }) ? { traceId, spanId } : undefined;
}

/** Returns a function that creates a context from a framework's request. */
function requestDescriber<Req>(options: RequestOptions<Req>): (request: Req, facts: RequestFacts) => RequestContext {
  const {
    getIdentity,
    getRequestId,
    getRoute,
    session,
    authContext,
    proxyHeader = 'x-forwarded-for',
    log = console,
  } = options;
  const clientOf = clientReader(options);
  return (request, { method, peer, header, route, status }) => {
    const failed = new Set<string>();
    // A failure to read one field of the request must not lose the entry. It is logged once for each request.
    const tryRead = <T>(what: string, read: () => T): T | undefined => {
      try {
        return read();
      } catch (error) {
        if (!failed.has(what)) {
          log.error(
            `auditrail: ${what} failed; entries of this request are recorded without it: ${oneLine(String(error))}`,
          );
        }
        failed.add(what);
        return undefined;
      }
    };
    const identity = () => tryRead('getIdentity', () => getIdentity?.(request)) ?? undefined;
    const { ip, behindProxy } = clientOf(peer, header(proxyHeader));
    const userAgent = userAgentOf(header('user-agent'));
    const sessionOf = () =>
      typeof session === 'function' ? session(request) : session && cookieOf(header('cookie'), session);
    return {
      // Only a trusted proxy may set traceparent: a client could link its requests to other people's traces.
      trace: activeTrace() ?? traceOf(behindProxy ? header('traceparent') : undefined),
      authContext,
      get actor() {
        return identity()?.actor;
      },
      get onBehalfOf() {
        return identity()?.onBehalfOf;
      },
      get source() {
        const secret = tryRead('session', sessionOf);
        return {
          ...(ip && { ip }),
          ...(userAgent && { userAgent }),
          ...(secret && { sessionId: sessionIdOf(secret) }),
        };
      },
      get request() {
        const endpoint = tryRead('getRoute', () => getRoute?.(request)) ?? tryRead('the route', route);
        const code = tryRead('the status', status);
        // Only a trusted proxy may set the header: a client could imitate another request.
        const id =
          tryRead('getRequestId', () => getRequestId?.(request)) ?? (behindProxy ? header('x-request-id') : undefined);
        return {
          ...(id && { id: requestIdOf(id) }),
          ...(method && { method }),
          ...(endpoint && { endpoint }),
          ...(code !== undefined && { status: code }),
        };
      },
    };
  };
}

/**
 * Returns a function that gives a framework's request its context.
 *
 * @throws TypeError if an option is invalid
 */
export function requestAuditor<Req>(
  options: RequestOptions<Req>,
): (request: Req, facts: RequestFacts) => AuditedRequest {
  const { onEnd, log = console } = options;
  const describe = requestDescriber(options);
  const check = unrecordedCheck(options, log);
  return (request, facts) => {
    const context = describe(request, facts);
    const entries = requestEntries();
    const run = <T>(work: () => T): T => runRequest(context, entries, work);
    const callOnEnd = async () => {
      try {
        await onEnd?.(context);
      } catch (error) {
        log.error(`auditrail: onEnd failed; an entry that it records may be missing: ${oneLine(String(error))}`);
      }
    };
    const end = async () => {
      if (onEnd) await callOnEnd();
      entries.ended = true;
      const { method, path } = facts;
      const { status, endpoint } = context.request ?? {};
      await check?.({ method, path: path?.split('?')[0], status, entries: entries.count }, () => endpoint);
    };
    return { run, end: onEnd || (check && isMutating(facts.method)) ? () => run(end) : undefined };
  };
}
