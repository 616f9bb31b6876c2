/**
 * A gateway token in the format of `auditrail token create`. No gateway accepts it.
 *
 * @example gatewayToken('acme', 'read')
 */
export function gatewayToken(tenant: string, role = 'grafana', keyId = 'k1'): string {
  const user = `${tenant}/${role}/${keyId}`;
  // A multiple of three bytes, so that the base64 has no padding.
  const secret = 's'.repeat(33 - ((user.length + 1) % 3));
  return `auditrail_gw_${btoa(`${user}:${secret}`)}`;
}
