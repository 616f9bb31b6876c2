import { AuditError } from '@auditrail/core';
import { parseGatewayToken, type GatewayRole } from './gateway-token.ts';

/** The gateway tokens that a program has for its tenants. */
export interface TenantTokens {
  /** @throws AuditError `TOKEN_MISSING` */
  of(tenant: string, role: GatewayRole): string;
}

/** Gateway tokens from a file or variable: each contains its tenant and role. */
export class GatewayTokenSet implements TenantTokens {
  readonly #tokens = new Map<string, string>();

  /**
   * @param text tokens separated by white space; of two for one tenant and role the later one is used
   * @throws TypeError if one of them is not a gateway token
   */
  constructor(text: string) {
    text
      .split(/\s+/)
      .filter(Boolean)
      .forEach((token, index) => {
        const parsed = parseGatewayToken(token);
        // Without the text itself: it may be another secret.
        if (!parsed) throw new TypeError(`token ${index + 1} is not a gateway token: it begins with auditrail_gw_`);
        this.#tokens.set(`${parsed.key.role} ${parsed.key.tenant}`, token);
      });
  }

  /** The tenants with a token of this role. */
  tenantsOf(role: GatewayRole): string[] {
    const prefix = `${role} `;
    return [...this.#tokens.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
  }

  of(tenant: string, role: GatewayRole): string {
    const token = this.#tokens.get(`${role} ${tenant}`);
    if (token !== undefined) return token;
    throw new AuditError(
      'TOKEN_MISSING',
      `there is no token to ${role} tenant ${tenant}: create one with auditrail token create --for ${role} --tenant ${tenant}, and add it to the file of --token-file`,
    );
  }
}
