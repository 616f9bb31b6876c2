import type { DatabaseSync } from 'node:sqlite';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Account } from './accounts.ts';
import { accountOfSession, formToken, isCookie, newCookie, sameText, SESSION_COOKIE, sessionIdOf } from './sessions.ts';

/** The form field with the form token. */
export const TOKEN_FIELD = '_token';

/** The sender of a request. Has a cookie, signed in or not. */
export interface Visitor {
  cookie: string;
  isNew: boolean;
  /** The session's id in audit entries: a hash of the cookie. */
  sessionId: string;
  token: string;
  account: Account | undefined;
  /** Whether the shop created the sent form for this visitor. */
  isOwnForm(body: unknown): boolean;
}

export function visitorOf(request: FastifyRequest, db: DatabaseSync, secret: Buffer): Visitor {
  const sent = request.cookies[SESSION_COOKIE];
  const cookie = isCookie(sent) ? sent : newCookie();
  const sessionId = sessionIdOf(cookie);
  const token = formToken(secret, cookie);
  return {
    cookie,
    isNew: cookie !== sent,
    sessionId,
    token,
    account: accountOfSession(db, sessionId),
    isOwnForm(body) {
      const sentToken = (body as Record<string, unknown> | null | undefined)?.[TOKEN_FIELD];
      return typeof sentToken === 'string' && sameText(sentToken, token);
    },
  };
}

export function sendCookie(request: FastifyRequest, reply: FastifyReply): void {
  setCookie(request, reply, request.visitor.cookie);
}

/** Sets a new cookie at sign-in and sign-out, against session fixation. */
export function renewCookie(request: FastifyRequest, reply: FastifyReply, cookie = newCookie()): void {
  setCookie(request, reply, cookie);
}

function setCookie(request: FastifyRequest, reply: FastifyReply, cookie: string): void {
  const secure = request.protocol === 'https';
  reply.setCookie(SESSION_COOKIE, cookie, { path: '/', httpOnly: true, sameSite: 'lax', secure });
}

/** The signed-in account, on a route that `needs` a role. */
export function signedIn(request: FastifyRequest): Account {
  const { account } = request.visitor;
  if (!account) throw new Error(`the route ${request.routeOptions.url} does not require a role`);
  return account;
}
