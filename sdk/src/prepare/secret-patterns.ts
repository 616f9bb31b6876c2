import { cardNumbers } from './card-numbers.ts';
import { hideAssigned } from './secret-assignments.ts';
import { hideFormats } from './secret-formats.ts';
import { hideBesideNames } from './secret-markup.ts';
import { hidePhrases } from './secret-phrases.ts';
import { SIGNS, signsOf } from './secret-signs.ts';
import type { Hide, Hiding } from './hide.ts';

const BESIDE = /["'<=]|(?:name|key|value|Name|Key|Value)\\{0,7}["']?\s{0,4}:/;
const PHRASES =
  /-[pP]|-[uU]|--|pin|pass|otp|cv[vc]|code|mtan|secret|token|api key|login|identified|requirepass|masterauth/i;

const SCHEME = /(?<![A-Za-z0-9])((?:bearer|basic)\s{1,8})([A-Za-z0-9._~+/=-]{8,})/gi;
// The last @ before the path ends a password, which may contain more of them; a port is not a password.
const URL_PASSWORD = /(:\\?\/\\?\/[^/\s:@"'<>\\]{0,256}:)((?!\d{1,5}(?:[/?#\s"'<>\\]|$))[^/\s"'<>]{1,1024})(?=@)/g;
const URL_PASSWORD_WITH_SLASH =
  /(:\\?\/\\?\/[^/\s:@"'<>\\]{1,256}:)((?!\d{1,5}(?:[/?#\s"'<>\\]|$))[^\s"'<>@]{1,512})(?=@(?!sha\d{3}:)[\w.-]{1,255}(?:[:/?\s"'<>]|$))/g;
const JDBC_PASSWORD = /(jdbc:oracle:\w{1,16}:[^/\s@]{1,64}\/)([^@\s]{1,256})(?=@)/g;
const DOCKER_AUTH =
  /("_?auth"\s{0,4}:\s{0,4}")([A-Za-z0-9+/]{8,512}={0,2})(?=")|(_auth\s{0,2}=\s{0,2}"?)([A-Za-z0-9+/]{8,512}={0,2})/g;

// "Basic subscription" is not a credential: a token has digits or inner capitals, or is long.
const looksRandom = (text: string) => text.length >= 20 || /[\d=]|[a-z][A-Z]/.test(text);
const isUserAndPassword = (base64: string) =>
  /^[\x20-\x7e]+:[\x20-\x7e]+$/.test(Buffer.from(base64, 'base64').toString('latin1'));

// UUIDs, hashes, times, addresses.
const NUMBERS = /^[\da-fA-FTZ.:+ -]*$/;
const ADDRESS = /\/\/|\/\\\/|jdbc:/;

function hideEncoded(text: string, hide: Hide): string {
  return text.replace(DOCKER_AUTH, (all: string, a?: string, b?: string, c?: string, d?: string) => {
    const [before = '', value = ''] = [a ?? c, b ?? d];
    return isUserAndPassword(value) ? before + hide(value) : all;
  });
}

function hideSchemes(text: string, { secret, token }: Hiding): string {
  return text.replace(SCHEME, (all: string, scheme: string, value: string) =>
    looksRandom(value) ? scheme + (/^bearer/i.test(scheme) ? token : secret)(value) : all,
  );
}

function hideInAddresses(text: string, hide: Hide): string {
  const behind = (all: string, before: string, secret: string) =>
    secret.startsWith('[redacted') ? all : before + hide(secret);
  return text.replace(URL_PASSWORD, behind).replace(URL_PASSWORD_WITH_SLASH, behind).replace(JDBC_PASSWORD, behind);
}

/**
 * Hides secrets in a text: private keys, JSON Web Tokens, keys of well-known services, hashes of passwords, bearer and
 * basic credentials, a password in an address, cookies, values after the name of a secret (`token=…`,
 * `"password":"…"`, `Password: …`, `--password …`, `<password>…`), one-time codes, card numbers (with valid brand, grouping and
 * Luhn digit). Time is linear in the length of the text.
 */
export function hideSecrets(text: string, hiding: Hiding): string {
  const signs = signsOf(text);
  if (signs === 0) return text;
  if (signs <= (SIGNS.pair | SIGNS.long) && NUMBERS.test(text)) return text;
  const { secret: hide } = hiding;
  let hidden = text;
  if (signs & (SIGNS.long | SIGNS.word)) hidden = hideFormats(hidden, hiding);
  if (signs & SIGNS.pair) {
    if (ADDRESS.test(hidden)) hidden = hideInAddresses(hidden, hide);
    if (hidden.includes('auth')) hidden = hideEncoded(hidden, hide);
    hidden = hideAssigned(hidden, hide);
    if (BESIDE.test(hidden)) hidden = hideBesideNames(hidden, hide);
  }
  if (signs & SIGNS.word) {
    hidden = hideSchemes(hidden, hiding);
    if (PHRASES.test(hidden)) hidden = hidePhrases(hidden, hide);
  }
  return signs & SIGNS.digits ? cardNumbers(hidden, hiding.card) : hidden;
}
