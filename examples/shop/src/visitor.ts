import type { DatabaseSync } from 'node:sqlite';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Account } from './accounts.ts';
import { accountOfSession, formToken, isCookie, newCookie, sameText, SESSION_COOKIE, sessionIdOf } from './sessions.ts';

/** The field of every form that carries the form token. */
export const TOKEN_FIELD = '_token';

/** Who sends a request: signed in or not, everybody has a cookie. */
export interface Visitor {
  cookie: string;
  isNew: boolean;
  /** The session's name in the trail: a hash of the cookie. */
  sessionId: string;
  token: string;
  account: Account | undefined;
  /** Whether a sent form was made by this shop for this visitor. */
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
      const given = (body as Record<string, unknown> | null | undefined)?.[TOKEN_FIELD];
      return typeof given === 'string' && sameText(given, token);
    },
  };
}

export function giveCookie(request: FastifyRequest, reply: FastifyReply): void {
  setCookie(request, reply, request.visitor.cookie);
}

/** A cookie that nobody has seen before: at every change of who is signed in. */
export function renewCookie(request: FastifyRequest, reply: FastifyReply, cookie = newCookie()): void {
  setCookie(request, reply, cookie);
}

function setCookie(request: FastifyRequest, reply: FastifyReply, cookie: string): void {
  const secure = request.protocol === 'https';
  reply.setCookie(SESSION_COOKIE, cookie, { path: '/', httpOnly: true, sameSite: 'lax', secure });
}

/** Who is signed in, on a route that `needs` a role. */
export function signedIn(request: FastifyRequest): Account {
  const { account } = request.visitor;
  if (!account) throw new Error(`${request.routeOptions.url} is open to people who are not signed in`);
  return account;
}
