import { appendFileSync } from 'node:fs';
import { GATEWAY_ROLES, newGatewayToken, tokenLine } from 'auditrail';
import type { Tokens } from './parts.ts';

/**
 * Returns a function that creates a tenant's tokens at the first call and appends them to the gateway's file. Several
 * processes can use one stack: each creates its own tokens, and appends them with a single write.
 */
export function tenantTokens(tokensFile: string): (tenant: string) => Tokens {
  const known = new Map<string, Tokens>();
  return (tenant) => {
    const existing = known.get(tenant);
    if (existing) return existing;
    const created = GATEWAY_ROLES.map((role) => [role, newGatewayToken({ tenant, role }).token] as const);
    appendFileSync(tokensFile, created.map(([, token]) => `${tokenLine(token)}\n`).join(''));
    const tokens = { read: '', write: '', grafana: '', ...Object.fromEntries(created) };
    known.set(tenant, tokens);
    return tokens;
  };
}
