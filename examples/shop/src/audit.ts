import { createAuditLogger, type AuditEntryInput, type AuditLogger } from '@auditrail/sdk';
import type { FastifyRequest } from 'fastify';
import type { Account } from './accounts.ts';
import type { Product } from './products.ts';

/** What the shop needs of the logger; tests give one that keeps entries in memory. */
export type Audit = Pick<AuditLogger, 'record'>;

export interface ShopAuditOptions {
  /** OTLP address of the gateway, such as `http://127.0.0.1:4318`. */
  endpoint: string;
  tenant: string;
  token: string;
  /** Folder where entries wait until they are delivered. */
  spool: string;
}

/** The shop's logger: one to a process. */
export function createShopAudit(options: ShopAuditOptions): AuditLogger {
  return createAuditLogger({ service: 'shop', ...options });
}

export function personActor({ id, name, email, roles }: Account): AuditEntryInput['actor'] {
  return { type: 'user', id: String(id), name, email, groups: roles };
}

export function personTarget({ id, name }: Account): NonNullable<AuditEntryInput['target']> {
  return { type: 'user', id: String(id), name };
}

export function productTarget({ id, name }: Product): NonNullable<AuditEntryInput['target']> {
  return { type: 'product', id: String(id), name };
}

export interface RequestFacts {
  /** What the answer will be: an entry is written before it. */
  status: number;
  /** Where nobody is signed in (yet). */
  actor?: AuditEntryInput['actor'];
  /** Where the request starts a new session. */
  sessionId?: string;
}

/** Who acts, from where, by which request: the part that every entry of a request has in common. */
export function byRequest(request: FastifyRequest, { status, actor, sessionId }: RequestFacts) {
  const { account } = request.visitor;
  const { operation } = request.routeOptions.config;
  const userAgent = request.headers['user-agent']?.slice(0, 512);
  return {
    actor: actor ?? (account ? personActor(account) : { type: 'user' as const }),
    authContext: 'web',
    source: { ip: request.ip, sessionId: sessionId ?? request.visitor.sessionId, ...(userAgent && { userAgent }) },
    request: {
      method: request.method,
      endpoint: request.url.split('?')[0] ?? '/',
      status,
      ...(operation && { operation }),
    },
  } satisfies Partial<AuditEntryInput>;
}

/** What a scheduled job does on its own. */
export function byJob(job: string) {
  return {
    actor: { type: 'system', id: job, name: 'Shop jobs' },
    category: 'task',
    request: { operation: job },
  } satisfies Partial<AuditEntryInput>;
}

/** The fields of `after` that differ from `before`; with no `before` (created) or `after` (deleted), all of them. */
export function changesOf<T extends object>(
  before: T | undefined,
  after: T | undefined,
): NonNullable<AuditEntryInput['changes']> {
  const names = Object.keys(after ?? before ?? {}) as (keyof T & string)[];
  return names
    .filter((name) => before?.[name] !== after?.[name])
    .map((path) => ({
      path,
      ...(before && { before: before[path] as string | number }),
      ...(after && { after: after[path] as string | number }),
    }));
}
