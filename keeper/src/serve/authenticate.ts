import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import type { Caller } from './export-job.ts';
import type { GrafanaIdentity } from './grafana-identity.ts';
import { Problem } from './problem.ts';
import { SCOPES, type Scope, type Tokens } from './tokens.ts';

/** How the keeper recognizes Grafana: its proxy sends `token`, its signed tokens name a person and one of `orgs`. */
export interface GrafanaAccess {
  token: string;
  identity: Pick<GrafanaIdentity, 'verify'>;
  /** Grafana organization → Loki tenant. Other organizations have no tenant. */
  orgs: ReadonlyMap<number, string>;
}

const digest = (text: string) => createHash('sha256').update(text).digest();
// Equal length and constant time: the duration must not reveal how much of a guess is right.
export const same = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));

/** @throws Problem `UNAUTHENTICATED` */
export function bearerOf(header: string | undefined): string {
  const token = /^Bearer +(\S{1,4096})$/i.exec(header ?? '')?.[1];
  if (token) return token;
  throw new Problem('UNAUTHENTICATED', 'Send a token: Authorization: Bearer …', {
    reason: header ? 'Authorization is not a bearer token' : 'Authorization is missing',
  });
}

/**
 * Identifies the caller, in one of two ways:
 * - an API token of the keeper, which is bound to a tenant and has scopes;
 * - Grafana's proxy: its bearer token (without it, no header of Grafana is read), the person in the signed
 *   `X-Grafana-Id`. Grafana has checked the permission at its route, so the caller gets the scopes of that route only
 *   ({@link scopesAt}). The tenant is that of the person's organization in the keeper's own configuration, and a header
 *   with another tenant is refused.
 *
 * @throws Problem `UNAUTHENTICATED`, `FORBIDDEN`, `KEYS_UNAVAILABLE`
 */
export async function authenticate(
  header: (name: string) => string | undefined,
  { tokens, grafana, path }: { tokens: Tokens; grafana?: GrafanaAccess | undefined; path: string },
): Promise<Caller> {
  const bearer = bearerOf(header('authorization'));
  if (grafana && same(bearer, grafana.token)) {
    const user = await grafana.identity.verify(header('x-grafana-id'), header('x-grafana-context'));
    const tenant = grafana.orgs.get(user.orgId);
    if (tenant === undefined || tenant !== (header('x-scope-orgid') ?? tenant)) {
      throw new Problem('FORBIDDEN', 'This Grafana organization does not have this tenant', {
        reason: `organization ${user.orgId} and tenant ${header('x-scope-orgid')} do not match: see --grafana-org`,
      });
    }
    const { uid, name, email } = user;
    const actor = { type: 'user' as const, id: uid, name, ...(email && { email }) };
    const address = header('x-auditrail-client-address') ?? '';
    return { tenant, actor, authContext: 'grafana', scopes: scopesAt(path), ...(isIP(address) && { address }) };
  }
  const token = tokens.verify(bearer);
  if (typeof token === 'string') {
    throw new Problem('UNAUTHENTICATED', 'This token is not valid, or no longer valid', { reason: `token ${token}` });
  }
  const { id, name, tenant, scopes } = token;
  const requestedTenant = header('x-scope-orgid');
  if (requestedTenant !== undefined && requestedTenant !== tenant) {
    throw new Problem('FORBIDDEN', 'This token is for another tenant', {
      reason: `token ${id} for ${requestedTenant}`,
    });
  }
  return { tenant, actor: { type: 'api_key', id, name }, authContext: 'api_token', scopes };
}

/**
 * What Grafana's permission for the route to a path means: `entries:read` for entries and detections, `exports:create` for the rest
 * (plugin.json). A person who may only read entries cannot export, and the inverse, whatever a route lets through.
 */
function scopesAt(path: string): readonly Scope[] {
  const isEntries = path === '/v1/detections' || path === '/v1/entries' || path.startsWith('/v1/entries/');
  return SCOPES.filter((scope) => (scope === 'entries:read') === isEntries);
}

/** Refuses a caller without the scope. */
export function requireScope(caller: Caller, scope: Scope): void {
  if (caller.scopes.includes(scope)) return;
  throw new Problem('FORBIDDEN', `The token lacks the scope ${scope}`, { reason: `no scope ${scope}` });
}
