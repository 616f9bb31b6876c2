import { createHash, randomBytes, randomInt } from 'node:crypto';
import { isTenant, TENANT_RULE } from '@auditrail/core';

/**
 * The permission of a gateway token: `read` reads; `write` sends entries and traces; `grafana` is for the Grafana app.
 */
export const GATEWAY_ROLES = ['read', 'write', 'grafana'] as const;
export type GatewayRole = (typeof GATEWAY_ROLES)[number];

/** The grant of a gateway token. It is part of the token, so a program that has the token knows its tenant and role. */
export interface GatewayGrant {
  tenant: string;
  role: GatewayRole;
  /** Only entries of this service may be written. For the role `write`. */
  service?: string;
}

/** A token's grant, and the id by which it is rotated and revoked. */
export interface GatewayKey extends GatewayGrant {
  keyId: string;
}

const PREFIX = 'auditrail_gw_';
const FORM = /^auditrail_gw_([A-Za-z0-9]{24,2000})$/;
const KEY_ID = /^[0-9a-f]{8}$/;
const SERVICE = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
const SECRET_CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
// 43 of 62 characters are 256 bits.
const SECRET_LENGTH = 43;
const SALT_BYTES = 12;

const isRole = (text: string | undefined): text is GatewayRole => GATEWAY_ROLES.some((role) => role === text);

/** The user name that the gateway checks: `tenant/role/key id`, with a service `tenant/role/key id/service`. */
function userOf({ tenant, role, keyId, service }: GatewayKey): string {
  return [tenant, role, keyId, ...(service === undefined ? [] : [service])].join('/');
}

/** Inverse of {@link userOf}; `undefined` if the text is not such a name. */
export function keyOf(user: string): GatewayKey | undefined {
  const [tenant = '', role, keyId = '', service, ...rest] = user.split('/');
  if (!isTenant(tenant) || !isRole(role) || !KEY_ID.test(keyId) || rest.length > 0) return undefined;
  if (service === undefined) return { tenant, role, keyId };
  return role === 'write' && SERVICE.test(service) ? { tenant, role, keyId, service } : undefined;
}

function checkGrant({ tenant, role, service }: GatewayGrant): void {
  if (!isTenant(tenant)) throw new TypeError(`a tenant is ${TENANT_RULE}, not "${tenant}"`);
  if (service === undefined) return;
  if (role !== 'write') throw new TypeError(`only a token for write can be bound to a service, not one for ${role}`);
  if (!SERVICE.test(service)) {
    throw new TypeError(`the service of a token is 1 to 64 letters, digits or - _ . , not "${service}"`);
  }
}

/**
 * Creates a token. It is `auditrail_gw_` and the base64 of `user:secret`, so that the gateway can check it as HTTP basic
 * authentication against hashes. The base64 has only letters and digits, for use in a URL path: `+` and `/` cannot come
 * from the characters of user and secret, and the secret's length avoids `=`.
 *
 * @throws TypeError if the grant is not possible
 */
export function newGatewayToken(grant: GatewayGrant): { token: string; key: GatewayKey } {
  checkGrant(grant);
  const key = { ...grant, keyId: randomBytes(4).toString('hex') };
  const user = userOf(key);
  const length = SECRET_LENGTH + ((3 - ((user.length + 1 + SECRET_LENGTH) % 3)) % 3);
  const secret = Array.from({ length }, () => SECRET_CHARACTERS[randomInt(SECRET_CHARACTERS.length)]).join('');
  return { token: PREFIX + Buffer.from(`${user}:${secret}`).toString('base64'), key };
}

/** The grant in a token, whether or not the gateway accepts it. `undefined` if it is not a token. */
export function parseGatewayToken(token: string): { key: GatewayKey; user: string; secret: string } | undefined {
  const encoded = FORM.exec(token)?.[1];
  if (encoded === undefined) return undefined;
  const [user = '', secret = '', ...rest] = Buffer.from(encoded, 'base64').toString('latin1').split(':');
  const key = keyOf(user);
  return key && secret.length >= SECRET_LENGTH && rest.length === 0 ? { key, user, secret } : undefined;
}

/**
 * The hash of a token's secret as nginx checks it ({SSHA}). A fast hash is enough: the secret has 256 random bits.
 *
 * @throws TypeError if it is not a gateway token
 */
export function hashGatewayToken(token: string): { user: string; hash: string } {
  const parsed = parseGatewayToken(token);
  if (!parsed) throw new TypeError('this is not a gateway token: it begins with auditrail_gw_');
  const salt = randomBytes(SALT_BYTES);
  const digest = createHash('sha1').update(parsed.secret).update(salt).digest();
  return { user: parsed.user, hash: `{SSHA}${Buffer.concat([digest, salt]).toString('base64')}` };
}
