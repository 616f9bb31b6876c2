import { isTenant } from '@auditrail/core';
import { t } from '@grafana/i18n';
import { AS_TEXT } from './format/as-text.ts';

/** The input of an administrator. The app stores both as one secret, so that neither can be changed without the other. */
export interface GatewayInput {
  /** Address of the gateway for Grafana's server, without `/t/…`. */
  address: string;
  /** `auditrail_gw_…` with the role grafana. */
  token: string;
}

/** The claims of a token, for display. Only the gateway can verify them. */
export interface TokenClaims {
  tenant: string;
  role: string;
}

/** The role that the app's routes require. */
export const APP_ROLE = 'grafana';

// Base64 of `tenant/role/key id[/service]:secret`, always a multiple of three bytes.
const TOKEN = /^auditrail_gw_((?:[A-Za-z0-9]{4})+)$/;
const CLAIMS = /^([^/:]+)\/([a-z]+)\/[^/:]+(?:\/[^:]+)?:./s;

/**
 * The tenant and role of a gateway token; `undefined` if it is not one.
 *
 * @example tokenClaims('auditrail_gw_YWNtZS9ncmFmYW5hL2sxOnNlY3JldHh4')?.tenant // 'acme'
 */
export function tokenClaims(token: string): TokenClaims | undefined {
  const encoded = TOKEN.exec(token.trim())?.[1];
  const [, tenant, role] = CLAIMS.exec(encoded ? atob(encoded) : '') ?? [];
  return tenant !== undefined && role !== undefined && isTenant(tenant) ? { tenant, role } : undefined;
}

function addressProblem(text: string): string | undefined {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return t('settings.url-invalid', 'Enter an address such as http://gateway:8080');
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return t('settings.url-protocol', 'The address must begin with http:// or https://');
  }
  if (url.username || url.password) {
    return t(
      'settings.url-credentials',
      'Remove the user name and password from the address. The token has its own field.',
    );
  }
  if (url.search || url.hash) return t('settings.url-query', 'The address must not contain ? or #');
  if (/auditrail_gw_/.test(url.pathname)) {
    return t('settings.url-token', 'Remove the token from the address. It has its own field.');
  }
  return undefined;
}

function tokenProblem(text: string): string | undefined {
  const claims = tokenClaims(text);
  if (!claims) {
    return t(
      'settings.token-invalid',
      'This is not a gateway token. Gateway tokens begin with auditrail_gw_. To create one, run auditrail token create.',
    );
  }
  if (claims.role === APP_ROLE) return undefined;
  return t(
    'settings.token-role',
    'This token has the {{role}} role. The app needs a token with the grafana role: auditrail token create --for grafana --tenant {{tenant}}',
    { ...claims, ...AS_TEXT },
  );
}

/** Error messages by field. If `required` is false, both fields may be empty. */
export function gatewayProblems(
  { address, token }: GatewayInput,
  required: boolean,
): Partial<Record<keyof GatewayInput, string>> {
  const typed = { address: address.trim(), token: token.trim() };
  if (!required && typed.address === '' && typed.token === '') return {};
  const missing = t('settings.required', 'Required');
  const found = {
    address: typed.address ? addressProblem(typed.address) : missing,
    token: typed.token
      ? tokenProblem(typed.token)
      : typed.address
        ? t('settings.token-again', 'Required: the address is stored only together with its token')
        : missing,
  };
  return {
    ...(found.address !== undefined && { address: found.address }),
    ...(found.token !== undefined && { token: found.token }),
  };
}

/**
 * The app's secret: the address with which the routes of plugin.json begin. Empty if the address is empty.
 *
 * @param input without problems
 * @example gatewaySecret({ address: 'http://gateway:8080/', token }) // 'http://gateway:8080/t/auditrail_gw_…'
 */
export function gatewaySecret({ address, token }: GatewayInput): string {
  if (address.trim() === '') return '';
  const { origin, pathname } = new URL(address.trim());
  return `${origin}${pathname.replace(/\/+$/, '')}/t/${token.trim()}`;
}
