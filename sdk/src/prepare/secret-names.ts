// Distinct enough to be found at the end of a run of words: `newpassword`, `csrfToken`, `X-Api-Key`.
const LONG = [
  'password',
  'passwd',
  'passphrase',
  'passcode',
  'secret',
  'token',
  'cookie',
  'authorization',
  'credential',
  'apikey',
  'accesskey',
  'privatekey',
  'secretkey',
  'signingkey',
  'encryptionkey',
  'cardnumber',
  'creditcard',
  'securitycode',
];
// Short ones must stand alone, or `spin` would be a PIN.
const SHORT = new Set(['pwd', 'pin', 'cvv', 'cvc', 'cvn', 'otp', 'totp', 'jwt', 'csrf', 'xsrf', 'ssn', 'salt']);
// `passwordHash` and `pinCode` are secrets; `passwordChangedAt` and `tokenType` say something about one, and are kept.
const QUALIFIERS = new Set([
  'hash',
  'digest',
  'code',
  'value',
  'confirmation',
  'confirm',
  'repeat',
  'again',
  'plain',
  'text',
  'raw',
  'encrypted',
  'header',
  'new',
  'old',
  'current',
]);

/**
 * Whether a key by its name holds a secret, in any spelling: `apiKey`, `X-API-KEY`, `new_password`, `set-cookie`.
 *
 * @example isSecretName('resetToken') // true
 */
export function isSecretName(name: string): boolean {
  const words = name
    .slice(-128)
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  while (words.length > 1 && (QUALIFIERS.has(words.at(-1) ?? '') || /^\d+$/.test(words.at(-1) ?? ''))) words.pop();
  const singular = (word: string) => word.replace(/s$/, '').replace(/\d+$/, '');
  const joined = singular(words.join(''));
  return LONG.some((word) => joined.endsWith(word)) || SHORT.has(singular(words.at(-1) ?? ''));
}
