import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import type { Caller } from './export-job.ts';
import type { GrafanaIdentity } from './grafana-identity.ts';
import { Problem } from './problem.ts';
import { SCOPES, type Scope, type Tokens } from './tokens.ts';

/** How the keeper knows Grafana: its proxy bears `token`, its signed tokens name a person and one of `orgs`. */
export interface GrafanaAccess {
  token: string;
  identity: Pick<GrafanaIdentity, 'verify'>;
  /** Grafana organisation → Loki tenant. An organisation that is not here has none. */
  orgs: ReadonlyMap<number, string>;
}

const digest = (text: string) => createHash('sha256').update(text).digest();
// Of equal length, and in constant time: how much of a guess is right must not show.
const same = (a: string, b: string) => timingSafeEqual(digest(a), digest(b));

function bearerOf(header: string | undefined): string {
  const token = /^Bearer +(\S{1,4096})$/i.exec(header ?? '')?.[1];
  if (token) return token;
  throw new Problem('UNAUTHENTICATED', 'Send a token: Authorization: Bearer …', {
    reason: header ? 'Authorization is no bearer token' : 'Authorization is missing',
  });
}

/**
 * Says who asks. Two ways lead in:
 * - an API token of the keeper's own, which is bound to a tenant and has scopes;
 * - Grafana's proxy: its bearer token (without which no header of Grafana's is even read), the person in the signed
 *   `X-Grafana-Id`. Grafana has checked the permission at its route; the tenant is that of the person's organisation in the
 *   keeper's own configuration, and a header that says otherwise is refused.
 *
 * @throws Problem `UNAUTHENTICATED`, `FORBIDDEN`, `KEYS_UNAVAILABLE`
 */
export async function authenticate(
  header: (name: string) => string | undefined,
  { tokens, grafana }: { tokens: Tokens; grafana?: GrafanaAccess | undefined },
): Promise<Caller> {
  const bearer = bearerOf(header('authorization'));
  if (grafana && same(bearer, grafana.token)) {
    const user = await grafana.identity.verify(header('x-grafana-id'), header('x-grafana-context'));
    const tenant = grafana.orgs.get(user.orgId);
    if (tenant === undefined || tenant !== (header('x-scope-orgid') ?? tenant)) {
      throw new Problem('FORBIDDEN', 'This organisation of Grafana has no such tenant here', {
        reason: `organisation ${user.orgId} and tenant ${header('x-scope-orgid')} do not fit: see --grafana-org`,
      });
    }
    const { uid, name, email } = user;
    const actor = { type: 'user' as const, id: uid, name, ...(email && { email }) };
    const address = header('x-auditrail-client-address') ?? '';
    return { tenant, actor, authContext: 'grafana', scopes: SCOPES, ...(isIP(address) && { address }) };
  }
  const token = tokens.verify(bearer);
  if (typeof token === 'string') {
    throw new Problem('UNAUTHENTICATED', 'This token is not valid here (any more)', { reason: `token ${token}` });
  }
  const { id, name, tenant, scopes } = token;
  const tenantSaid = header('x-scope-orgid');
  if (tenantSaid !== undefined && tenantSaid !== tenant) {
    throw new Problem('FORBIDDEN', 'This token is for another tenant', { reason: `token ${id} for ${tenantSaid}` });
  }
  return { tenant, actor: { type: 'api_key', id, name }, authContext: 'api_token', scopes };
}

/** A caller without the scope is refused. */
export function demandScope(caller: Caller, scope: Scope): void {
  if (caller.scopes.includes(scope)) return;
  throw new Problem('FORBIDDEN', `The token lacks the scope ${scope}`, { reason: `no scope ${scope}` });
}
