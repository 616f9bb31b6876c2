import { getIP, isAPIError } from 'better-auth/api';
import type { GenericEndpointContext } from 'better-auth';
import type { AuditEntryInput } from '@auditrail/core';
import { currentContext } from '../context/request-context.ts';
import { userAgentOf } from '../http/describe-request.ts';
import { parseAddress } from '../http/forwarded.ts';
import { sessionIdOf } from '../http/session-id.ts';
import type { Identity } from '../record/acting.ts';
import { rowOf, textOf, type Row } from './auth-event.ts';
import { identityOf, type AuthSession } from './session-identity.ts';

/** A call of an endpoint, by HTTP or by `auth.api`, as hooks get it. */
export type AuthCall = GenericEndpointContext & {
  operationId?: string | undefined;
  context: GenericEndpointContext['context'] & { returned?: unknown };
};

/** How a call ended. */
export interface CallOutcome {
  error?: { message: string; code?: string };
  status?: number;
  result: Row;
}

/** The endpoint's path; its operation for those without a path, which only servers call. */
export const endpointOf = (call: AuthCall): string =>
  call.path && call.path !== '/' && call.path !== '/:virtual' ? call.path : (call.operationId ?? '');

/** Redirects are thrown as errors; one that failed has `error` in its address. */
export function outcomeOf({ context: { returned } }: AuthCall): CallOutcome {
  if (!isAPIError(returned)) return { result: rowOf(returned) };
  const status = returned.statusCode;
  const body = rowOf(returned.body);
  if (status >= 400) {
    const [message, code] = [textOf(body.message) ?? returned.message, textOf(body.code)];
    return { status, result: {}, error: { message: message || String(returned.status), ...(code && { code }) } };
  }
  const location = new Headers(returned.headers).get('location') ?? '';
  const code = /[?&]error=([\w-]+)/.exec(location)?.[1];
  return { status, result: {}, ...(code && { error: { message: code.replaceAll('_', ' '), code } }) };
}

function addressOf({ request, headers, context }: AuthCall): string | undefined {
  // The application's middleware has the address of the connection.
  const known = currentContext()?.source?.ip;
  const from = request ?? headers;
  if (known !== undefined || !from) return known;
  const { options } = context;
  // better-auth removes half of an IPv6 address by default.
  const ipAddress = { ...options.advanced?.ipAddress, ipv6Subnet: 128 as const };
  const ip = getIP(from, { ...options, advanced: { ...options.advanced, ipAddress } });
  return ip === null ? undefined : parseAddress(ip);
}

/** Address, user agent and session of a call. */
export function sourceOf(call: AuthCall, session: AuthSession | undefined): { source?: AuditEntryInput['source'] } {
  const ip = addressOf(call);
  const userAgent = userAgentOf((call.request?.headers ?? call.headers)?.get('user-agent') ?? undefined);
  const token = session?.session.token;
  const source = {
    ...(ip && { ip }),
    ...(userAgent && { userAgent }),
    ...(token && { sessionId: sessionIdOf(token) }),
  };
  return Object.keys(source).length > 0 ? { source } : {};
}

/** Method, route and status of a call by HTTP. */
export function requestOf(call: AuthCall, status: number | undefined): { request?: AuditEntryInput['request'] } {
  if (!call.request) return {};
  const base = new URL(call.context.baseURL).pathname.replace(/\/$/, '');
  return { request: { method: call.request.method, endpoint: base + call.path, ...(status && { status }) } };
}

/** Who acts: the session's user or the administrator behind it; without a session, somebody whose name is not known. */
export async function callerOf(call: AuthCall, session: AuthSession | undefined): Promise<Identity> {
  if (session) return identityOf(session, call.context.internalAdapter);
  if (call.request || call.headers) return { actor: { type: 'user' } };
  return { actor: currentContext()?.actor ?? { type: 'system', id: 'better-auth', name: 'better-auth' } };
}
