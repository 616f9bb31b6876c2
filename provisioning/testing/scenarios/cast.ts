/** The people and addresses of one scenario. No other scenario has the same, so that many can be in one tenant. */
export interface Cast {
  /** The e-mail address of a person. */
  person: (n?: number) => string;
  /** An IP address. */
  address: (n?: number) => string;
  /** The id of something that is acted on. */
  thing: (n?: number) => string;
  /** Whether an alert with these labels is about this cast; true if it is about nobody in particular. */
  concerns: (labels: Record<string, string>) => boolean;
}

/**
 * The cast number `index`, from 0 to 511.
 *
 * @param index different for each scenario of a tenant
 */
export function castOf(index: number): Cast {
  // 198.18.0.0/15 is reserved for tests (RFC 2544).
  const network = `198.${18 + (index >> 8)}.${index & 255}.`;
  const ending = `@cast${index}.example`;
  const things = `cast${index}-`;
  const isOurs = (value: string) => value.startsWith(network) || value.endsWith(ending) || value.startsWith(things);
  return {
    person: (n = 1) => `p${n}${ending}`,
    address: (n = 1) => `${network}${n}`,
    thing: (n = 1) => `${things}${n}`,
    concerns(labels) {
      const about = Object.entries(labels).filter(([name]) =>
        /^(?:who|client_address|service_name|audit_target|audit_scope_account)/.test(name),
      );
      const values = about
        .filter(([name]) => name !== 'who_field' && name !== 'audit_scope_account_field')
        .map(([, value]) => value);
      return values.length === 0 || values.some(isOurs);
    },
  };
}
