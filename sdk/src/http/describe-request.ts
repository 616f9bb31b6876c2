import { isSpanContextValid, trace } from '@opentelemetry/api';
import { cutUtf8, type AuditEntryInput } from '@auditrail/core';
import { oneLine, type OperatorLog } from '../log.ts';
import { clientReader, type ClientIpOptions } from './client-ip.ts';
import { runWithContext, type RequestContext } from '../context/request-context.ts';
import { cookieOf, sessionIdOf } from './session-id.ts';

/** What an adapter can be told; `Req` is the framework's request. */
export interface RequestOptions<Req> extends ClientIpOptions {
  /** Who is signed in. Asked when an entry is recorded, so it may read what later middleware finds out. */
  getActor?: ((request: Req) => AuditEntryInput['actor'] | undefined) | undefined;
  /** The session: its cookie's name, or a function that gives cookie or token. Only a hash of it is recorded. */
  session?: string | ((request: Req) => string | undefined) | undefined;
  /** The route's pattern, such as `/customers/:id`, where it should not be the framework's. Never a URL: those hold personal data. */
  getRoute?: ((request: Req) => string | undefined) | undefined;
  /** Through which door people come: `web`, `api`, … */
  authContext?: string | undefined;
  /**
   * Called in the request's context once it has ended, with its status, also where the client went away (without a status
   * if no answer had begun). For entries about requests as such; an entry that an action must not happen without is
   * recorded before it, in the handler.
   */
  onEnd?: ((context: RequestContext) => unknown) | undefined;
  /** Where failures of these functions are logged. Default the console. */
  log?: OperatorLog | undefined;
}

/** What an adapter knows of a request of its framework. */
export interface RequestFacts {
  method: string | undefined;
  /** Address of the connection's other end. */
  peer: string | undefined;
  header: (name: string) => string | undefined;
  route: () => string | undefined;
  /** The answer's, once it has begun. */
  status: () => number | undefined;
}

const USER_AGENT_BYTES = 512;
// A line of text for people: no control characters.
const CONTROL = /[\p{Cc}\u2028\u2029]+/gu;

function userAgentOf(text: string | undefined): string | undefined {
  return text && cutUtf8(text.toWellFormed().replace(CONTROL, ' '), USER_AGENT_BYTES);
}

function traceOf(traceparent: string | undefined): AuditEntryInput['trace'] {
  const span = trace.getActiveSpan()?.spanContext();
  const [, traceId = '', spanId = ''] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/.exec(traceparent ?? '') ?? [];
  const context = span ?? { traceId, spanId, traceFlags: 0 };
  return isSpanContextValid(context) ? { traceId: context.traceId, spanId: context.spanId } : undefined;
}

/** Makes the function that turns a framework's request into a context. */
export function requestDescriber<Req>(
  options: RequestOptions<Req>,
): (request: Req, facts: RequestFacts) => RequestContext {
  const { getActor, getRoute, session, authContext, proxyHeader = 'x-forwarded-for', log = console } = options;
  const clientOf = clientReader(options);
  // What is recorded must not be lost because something about its request is not known.
  const reading = <T>(what: string, read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      log.error(
        `auditrail: ${what} failed, entries of this request are recorded without it: ${oneLine(String(error))}`,
      );
      return undefined;
    }
  };
  return (request, { method, peer, header, route, status }) => {
    const { ip, behindProxy } = clientOf(peer, header(proxyHeader));
    const userAgent = userAgentOf(header('user-agent'));
    const sessionOf = () =>
      typeof session === 'function' ? session(request) : session && cookieOf(header('cookie'), session);
    return {
      // A stranger must not link his requests to other people's traces: traceparent is the proxy's to give.
      trace: traceOf(behindProxy ? header('traceparent') : undefined),
      authContext,
      get actor() {
        return reading('getActor', () => getActor?.(request));
      },
      get source() {
        const secret = reading('session', sessionOf);
        return {
          ...(ip && { ip }),
          ...(userAgent && { userAgent }),
          ...(secret && { sessionId: sessionIdOf(secret) }),
        };
      },
      get request() {
        const endpoint = reading('getRoute', () => getRoute?.(request)) ?? reading('the route', route);
        const code = reading('the status', status);
        return {
          ...(method && { method }),
          ...(endpoint && { endpoint }),
          ...(code !== undefined && { status: code }),
        };
      },
    };
  };
}

/** Calls `onEnd` in the request's context; its failure reaches the log, never the request. */
export async function callOnEnd<Req>(
  { onEnd, log = console }: RequestOptions<Req>,
  context: RequestContext,
): Promise<void> {
  if (!onEnd) return;
  try {
    await runWithContext(context, () => onEnd(context));
  } catch (error) {
    log.error(`auditrail: onEnd failed, its entry may be missing: ${String(error)}`);
  }
}
