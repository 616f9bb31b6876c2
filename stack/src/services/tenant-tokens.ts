import { appendFileSync } from 'node:fs';
import { GATEWAY_ROLES, newGatewayToken, tokenLine } from 'auditrail';
import type { Tokens } from './parts.ts';

/**
 * Makes the tokens of any tenant when they are first asked for, and adds them to the gateway's file. Processes that share a
 * stack each make their own: a line is appended with one write.
 */
export function tenantTokens(tokensFile: string): (tenant: string) => Tokens {
  const known = new Map<string, Tokens>();
  return (tenant) => {
    const before = known.get(tenant);
    if (before) return before;
    const made = GATEWAY_ROLES.map((role) => [role, newGatewayToken({ tenant, role }).token] as const);
    appendFileSync(tokensFile, made.map(([, token]) => `${tokenLine(token)}\n`).join(''));
    const tokens = { read: '', write: '', grafana: '', ...Object.fromEntries(made) };
    known.set(tenant, tokens);
    return tokens;
  };
}
