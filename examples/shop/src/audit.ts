import { createAuditLogger, type AuditEntryInput, type AuditLogger } from '@auditrail/sdk';
import type { FastifyRequest } from 'fastify';
import type { Account } from './accounts.ts';
import type { Product } from './products.ts';

/** The part of the logger that the shop uses. */
export type Audit = Pick<AuditLogger, 'record' | 'denied'>;

export interface ShopAuditOptions {
  /** The gateway's URL, such as `http://127.0.0.1:4318`. */
  endpoint: string;
  tenant: string;
  token: string;
  /** The folder for entries that are not delivered yet. */
  spool: string;
}

/** Creates the shop's logger, one per process. */
export function createShopAudit(options: ShopAuditOptions): AuditLogger {
  return createAuditLogger({ service: 'shop', ...options });
}

export function accountActor({ id, name, email, roles }: Account): AuditEntryInput['actor'] {
  return { type: 'user', id: String(id), name, email, groups: roles };
}

export function accountTarget({ id, name }: Account): NonNullable<AuditEntryInput['target']> {
  return { type: 'user', id: String(id), name };
}

export function productTarget({ id, name }: Product): NonNullable<AuditEntryInput['target']> {
  return { type: 'product', id: String(id), name };
}

export interface RequestFacts {
  /** The status that the response will have: entries are recorded before it. */
  status: number;
  /** The actor, if the request has no signed-in user. */
  actor?: AuditEntryInput['actor'];
  /** The id of the session that the request starts. */
  sessionId?: string;
}

/** The fields that all entries of a request have in common: actor, source and request. */
export function requestFields(request: FastifyRequest, { status, actor, sessionId }: RequestFacts) {
  const { account } = request.visitor;
  const { operation } = request.routeOptions.config;
  const userAgent = request.headers['user-agent']?.slice(0, 512);
  return {
    actor: actor ?? (account ? accountActor(account) : { type: 'user' as const }),
    authContext: 'ui',
    source: { ip: request.ip, sessionId: sessionId ?? request.visitor.sessionId, ...(userAgent && { userAgent }) },
    request: {
      method: request.method,
      endpoint: request.url.split('?')[0] ?? '/',
      status,
      ...(operation && { operation }),
    },
  } satisfies Partial<AuditEntryInput>;
}

/** The fields that all entries of a scheduled job have in common. */
export function jobFields(job: string) {
  return {
    actor: { type: 'system', id: job, name: 'Shop jobs' },
    category: 'task',
    authContext: 'job',
    request: { operation: job },
  } satisfies Partial<AuditEntryInput>;
}

/** The fields that differ between `before` and `after`; all fields if the record was created or deleted. */
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
