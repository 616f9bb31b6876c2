/**
 * The alphabet of tenants, as a regular expression without flags: 1 to 64 letters, digits, `-`, `_` and `.`, the first a
 * letter or digit. It is the part of Loki's alphabet that is safe in a header, an address, a file name, a shell and
 * nginx's configuration; the gateway (`provisioning/gateway`) has the same, and a test compares the two.
 */
export const TENANT_PATTERN = '^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$';

/** {@link TENANT_PATTERN} in words, for error messages: `A tenant is …`. */
export const TENANT_RULE = '1 to 64 letters, digits or - _ . that begin with a letter or digit';

const TENANT = new RegExp(TENANT_PATTERN);

/**
 * Whether a text names one tenant. Several are joined by `|` in Loki; those cannot be written to.
 *
 * @see https://grafana.com/docs/loki/latest/operations/multi-tenancy/
 */
export function isTenant(text: string): boolean {
  return TENANT.test(text);
}
