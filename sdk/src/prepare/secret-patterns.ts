import { cardNumbers } from './card-numbers.ts';

/** Puts something else in the place of a secret. */
export type Hide = (secret: string) => string;

// What at least one of the rules below needs: most texts have none of it, and pay for this one look only.
const SUSPICIOUS =
  /[="]|:\/\/|(?:eyJ|A[KS]IA|AIza|[Bb][EeAa][AaSs][RrIi][EeCc]|gh[pousr]_|_pat_|xox[abeprs]-|[sr]k_|gl[sc]a?_|glpat-|npm_|-BEGIN |(?:ookie|OOKIE|[Kk]ey|KEY):)|\d(?:[ -]?\d){12}/;

const NAMES =
  '(?:password|passwd|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|signature|credentials?|cookie|authorization)';

// Each is linear: a match begins where no other can, and repeats nothing that the part behind it could also take.
const PRIVATE_KEY =
  /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|$)/g;
const JWT = /(?<![\w-])eyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)*/g;
const VENDOR_TOKEN =
  /(?<![A-Za-z0-9])(?:A[KS]IA[A-Z0-9]{16}(?![A-Za-z0-9])|(?:gh[pousr]_|github_pat_|xox[abeprs]-|[sr]k_(?:live|test)_|glsa_|glc_|glpat-|npm_|AIza)[\w-]{16,})/g;
const SCHEME = /(?<![A-Za-z0-9])((?:bearer|basic)\s{1,8})([A-Za-z0-9._~+/=-]{8,})/gi;
const URL_PASSWORD = /(:\/\/[^/\s:@]{0,256}:)([^/\s@]{1,1024})(?=@)/g;
const HEADER = /((?:cookie|x-api-key):[ \t]{0,8})([^\r\n]+)/gi;
// What is quoted is hidden as a whole, also where its end was cut off.
const ASSIGNED = new RegExp(`(${NAMES}=)("[^"]+"?|'[^']+'?|[^&\\s;,"'#<>]+)`, 'gi');
// Of what is shorter, only `pwd=x` and the like: most ids and words end here, without an expression.
const SHORT = 10;
const JSON_MEMBER = new RegExp(
  `("[^"\\\\]{0,64}${NAMES}"\\s{0,8}:\\s{0,8}")([^"\\\\]*(?:\\\\[\\s\\S][^"\\\\]*)*)`,
  'gi',
);

// "Basic subscription" is no credential: a token has digits, inner capitals or length.
const looksRandom = (text: string) => text.length >= 20 || /[\d=]|[a-z][A-Z]/.test(text);

/**
 * Hides secrets in a text: private keys, JSON Web Tokens, keys of well-known services, bearer and basic credentials, a
 * password in an address, cookies, `token=…` and `"password":"…"`, card numbers (with brand, grouping and Luhn's digit
 * right). Time is linear in the text's length.
 *
 * @param hideCard for card numbers alone
 */
export function hideSecrets(text: string, hide: Hide, hideCard = hide): string {
  if ((text.length < SHORT && !text.includes('=')) || !SUSPICIOUS.test(text)) return text;
  const behind = (_: string, name: string, secret: string) => name + hide(secret);
  const hidden = text
    .replace(PRIVATE_KEY, hide)
    .replace(JWT, hide)
    .replace(VENDOR_TOKEN, hide)
    .replace(HEADER, behind)
    .replace(SCHEME, (all, scheme: string, secret: string) => (looksRandom(secret) ? scheme + hide(secret) : all))
    .replace(URL_PASSWORD, behind)
    .replace(ASSIGNED, behind)
    .replace(JSON_MEMBER, behind);
  return cardNumbers(hidden, hideCard);
}
