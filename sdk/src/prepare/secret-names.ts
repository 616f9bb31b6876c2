// Distinctive enough to be found at the end of a run of words: `newpassword`, `csrfToken`, `X-Api-Key`.
const LONG = [
  'password',
  'passwd',
  'passphrase',
  'passcode',
  'passwort',
  'kennwort',
  'wachtwoord',
  'motdepasse',
  'contrasena',
  'secret',
  'token',
  'cookie',
  'authorization',
  'credential',
  'mnemonic',
  'seedphrase',
  'recoveryphrase',
  'securityanswer',
  'apikey',
  'accesskey',
  'accountkey',
  'privatekey',
  'secretkey',
  'sessionkey',
  'sharedkey',
  'masterkey',
  'signingkey',
  'encryptionkey',
  'subscriptionkey',
  'authkey',
  'hmackey',
  'passkey',
  'cardnumber',
  'creditcard',
  'securitycode',
  'verificationcode',
  'recoverycode',
  'backupcode',
  'onetimecode',
  'accesscode',
  'authcode',
  'authorizationcode',
  'mfacode',
  'smscode',
  'connectsid',
];
// Short names must be complete words, or `spin` would be a PIN.
const SHORT = new Set([
  'pwd',
  'pin',
  'cvv',
  'cvc',
  'cvn',
  'otp',
  'totp',
  'jwt',
  'csrf',
  'xsrf',
  'ssn',
  'salt',
  'senha',
  'pgpassword',
  'phpsessid',
  'jsessionid',
]);
// `DB_PASS` and `smtp.pass` are passwords; `boardingPass` is not.
const BEFORE_PASS = new Set(
  'account admin auth basic client current database db email ftp http imap ldap login mail mongo my mysql new old pg pop3 postgres proxy redis root sftp smtp sql ssh sudo user web wifi'.split(
    ' ',
  ),
);
// `passwordHash` and `pinCode` are secrets; `passwordChangedAt` and `tokenType` only describe one, and are kept.
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
  'before',
  'after',
  'prod',
  'production',
  'dev',
  'development',
  'staging',
  'live',
  'sandbox',
  'primary',
  'secondary',
]);
// `maxTokens: 4096` is a count, not a secret.
const QUANTITIES = new Set(
  'max maximum min minimum num number total count used remaining limit prompt completion input output cached'.split(
    ' ',
  ),
);

const MAX_KNOWN = 2_000;
const known = new Map<string, NameFacts>();

/** What the name of a key or variable means for its value. */
export interface NameFacts {
  secret: boolean;
  /** A number under this name is a count, not a secret itself. */
  counts: boolean;
}

function wordsOf(name: string): string[] {
  return name
    .slice(-128)
    .normalize('NFD')
    .replace(/\p{M}+/gu, '')
    .replace(/%5[bd]/gi, ' ')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
}

const isQualifier = (word: string) => QUALIFIERS.has(word) || /^\d+$/.test(word);
const singular = (word: string) => word.replace(/\d+$/, '').replace(/s$/, '').replace(/\d+$/, '');

function isSecret(words: readonly string[]): boolean {
  const joined = singular(words.join(''));
  return LONG.some((word) => joined.endsWith(word)) || SHORT.has(singular(words.at(-1) ?? ''));
}

function factsOf(name: string): NameFacts {
  const words = wordsOf(name);
  const last = words.at(-1) ?? '';
  if (last === 'pass') {
    return { secret: words.length === 1 || BEFORE_PASS.has(words.at(-2) ?? ''), counts: words.length === 1 };
  }
  const counts = /[^s]s$/.test(last) || QUANTITIES.has(words[0] ?? '');
  if (isSecret(words)) return { secret: true, counts };
  const bare = words.slice(0, words.findLastIndex((word, i) => i === 0 || !isQualifier(word)) + 1);
  return { secret: isSecret(bare), counts };
}

const NOTHING: NameFacts = { secret: false, counts: false };
// Every name above contains one of these parts: a name without them needs no further check.
const STEM =
  /pass|w[oö]rt|woord|secret|token|cookie|authori|credential|mnemonic|phrase|contras|answer|key|card|code|pwd|pin|cv[vcn]|otp|jwt|srf|ssn|salt|senha|sid|sess/i;

/** As {@link isSecretName}, with more facts. Names occur again and again, so results are cached for some time. */
export function nameFacts(name: string): NameFacts {
  if (!STEM.test(name)) return NOTHING;
  let facts = known.get(name);
  if (facts === undefined) {
    facts = factsOf(name);
    if (known.size >= MAX_KNOWN) known.clear();
    if (name.length <= 128) known.set(name, facts);
  }
  return facts;
}

/**
 * Whether a key by its name holds a secret, in any spelling: `apiKey`, `X-API-KEY`, `new_password`, `user[password]`,
 * `set-cookie`.
 *
 * @example isSecretName('resetToken') // true
 */
export function isSecretName(name: string): boolean {
  return nameFacts(name).secret;
}
