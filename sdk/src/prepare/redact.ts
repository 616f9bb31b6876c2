import { createHash, createHmac } from 'node:crypto';
import { canonicalJson, type JsonValue } from '@auditrail/core';
import { isCardNumber } from './card-numbers.ts';
import { pathTree, type Places } from './redact-paths.ts';
import { nameFacts, type NameFacts } from './secret-names.ts';
import { holdsValue, listsNames, namesValue } from './named-pairs.ts';
import { hideSecrets, type Hide, type Hiding } from './secret-patterns.ts';

/**
 * What must not be stored. Redaction comes before the hash: what is hidden is nowhere in the trail.
 *
 * @example { paths: ['properties.user.ssn', 'changes.*.after.iban'], keys: ['geburtsdatum'], patterns: [/CUST-\d+/] }
 */
export interface RedactOptions {
  /** Places in the entry, `*` for any one step. A changed value is found by `changes.` and the change's own path, too. */
  paths?: readonly string[] | undefined;
  /** Names of keys, in any case, at any depth below the entry's own fields. */
  keys?: readonly (string | RegExp)[] | undefined;
  /** What to hide in texts. Mind the time that your own expressions take on hostile text. */
  patterns?: readonly RegExp[] | undefined;
  /**
   * Places that stay as they are, whatever their name or text. They go before everything else. Name those whose ids are
   * numbers of 13 to 19 digits, such as `target.id`: about one in fifty of random ones with 16 passes for a card number.
   */
  keep?: readonly string[] | undefined;
  /**
   * What stands in its place: a text (default `[redacted]`, and `[card ending 1234]` for a card number), or, with a key,
   * `hmac-sha256:` and the secret's HMAC: who has the key can search for a known secret, nobody else can guess a short one.
   * A key that is `undefined`, such as that of a variable that is not set, is refused at start.
   */
  replacement?: string | { hmacKey: string | Uint8Array | undefined } | undefined;
  /** Names such as password or token, and the texts that {@link hideSecrets} knows. Default true. */
  defaults?: boolean | undefined;
}

/** A key's name as it is stored, and what it says of its value. */
export interface KeyFacts {
  name: string;
  /** The value must be hidden. */
  secret: boolean;
  /** A number is how many secrets there are: `maxTokens`. */
  counts: boolean;
  /** The value is a name, such as that of a variable… */
  names: boolean;
  /** …whose value is under this key. */
  holds: boolean;
  /** A list under it has names alone. */
  lists: boolean;
}

/** Compiled options: answers for one key, text or number at a time. Never throws. */
export interface Redactor {
  key(name: string): KeyFacts;
  /** Of a name that is a value: `{ name: 'DB_PASSWORD', … }`. */
  nameFacts(name: string): NameFacts;
  text(text: string): string;
  /**
   * Of a text that says who or which one: what is hidden in it stays distinct, and the id of an access key stays, so that
   * two actors, sessions or targets never become one.
   */
  identity(text: string): string;
  number(value: number): JsonValue;
  hide(value: JsonValue): JsonValue;
  readonly paths: Places;
  readonly keep: Places;
}

const MAX_KNOWN_KEYS = 2_000;
const HIDDEN = '[redacted]';
// The part of a card number that PCI DSS lets anyone keep. An id that was taken for one still differs from others by it.
const hiddenCard: Hide = (digits) => `[card ending ${digits.slice(-4)}]`;

/** The HMAC that stands for a secret under `replacement: { hmacKey }`: what to search the trail for. */
export function redactedHmac(hmacKey: string | Uint8Array, secret: string): string {
  return `hmac-sha256:${createHmac('sha256', hmacKey).update(secret).digest('hex')}`;
}

function globally(pattern: RegExp): RegExp {
  return new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, '') + 'g');
}

function keyTest(keys: readonly (string | RegExp)[]): (name: string) => boolean {
  const names = new Set(keys.filter((key) => typeof key === 'string').map((key) => key.toLowerCase()));
  const expressions = keys
    .filter((key) => key instanceof RegExp)
    .map((key) => new RegExp(key.source, key.flags.replace(/[gy]/g, '')));
  return (name) => names.has(name.toLowerCase()) || expressions.some((expression) => expression.test(name));
}

function hidingBy(replacement: NonNullable<RedactOptions['replacement']>): Hide {
  if (typeof replacement === 'string') return () => replacement;
  const { hmacKey } = replacement;
  if (!hmacKey?.length) throw new TypeError('redact.replacement: hmacKey is missing or empty; is its variable set?');
  return (secret) => redactedHmac(hmacKey, secret);
}

// Enough to tell two of them apart, and nothing to guess a random credential by.
function distinctly(hide: Hide): Hide {
  return (secret) => {
    const [shown, digest] = [hide(secret), createHash('sha256').update(secret).digest('hex').slice(0, 16)];
    return shown.endsWith(']') ? `${shown.slice(0, -1)} ${digest}]` : `${shown} ${digest}`;
  };
}

/**
 * Makes a redactor; do it once, not for every entry.
 *
 * @throws TypeError where `replacement` is a key that is not there
 */
export function createRedactor(options: RedactOptions = {}): Redactor {
  const { replacement = HIDDEN, defaults = true } = options;
  const patterns = (options.patterns ?? []).map(globally);
  const isOwn = keyTest(options.keys ?? []);
  const hide = hidingBy(replacement);
  const hideCard = options.replacement === undefined ? hiddenCard : hide;
  const inTexts: Hiding = { secret: hide, token: hide, keyId: hide, card: hideCard };
  const distinct = typeof replacement === 'string' ? distinctly(hide) : hide;
  const inIdentities: Hiding = { ...inTexts, token: distinct, keyId: (id) => id };

  const hideIn = (original: string, hiding: Hiding): string => {
    let hidden = original;
    try {
      for (const pattern of patterns) hidden = hidden.replace(pattern, (secret) => secret && hide(secret));
      return defaults ? hideSecrets(hidden, hiding) : hidden;
    } catch {
      // An expression that gives up (stack) must not let a secret through.
      return hide(original);
    }
  };
  const text = (original: string) => hideIn(original, inTexts);

  const factsOf = (name: string): NameFacts => {
    if (isOwn(name)) return { secret: true, counts: false };
    return defaults ? nameFacts(name) : { secret: false, counts: false };
  };
  // Keys are few and come again and again; a flood of new ones must not fill the memory.
  const known = new Map<string, KeyFacts>();
  const key = (name: string): KeyFacts => {
    let facts = known.get(name);
    if (facts === undefined) {
      const plain = defaults ? hideSecrets(name.toWellFormed(), inTexts) : name.toWellFormed();
      facts = {
        // Whatever copies entries about with `target[key] = value` must not set a prototype.
        name: plain === '__proto__' ? '[__proto__]' : plain,
        ...factsOf(name),
        names: namesValue(name),
        holds: holdsValue(name),
        lists: listsNames(name),
      };
      if (known.size >= MAX_KNOWN_KEYS) known.clear();
      if (name.length <= 256) known.set(name, facts);
    }
    return facts;
  };

  return {
    key,
    nameFacts: factsOf,
    text,
    identity: (original) => hideIn(original, inIdentities),
    number: (value) => {
      if (defaults && value > 1e12 && Number.isSafeInteger(value) && isCardNumber(String(value))) {
        return hideCard(String(value));
      }
      if (patterns.length === 0) return value;
      const shown = String(value);
      const hidden = text(shown);
      return hidden === shown ? value : hidden;
    },
    hide: (value) => hide(typeof value === 'string' ? value : canonicalJson(value)),
    paths: pathTree(options.paths ?? []),
    keep: pathTree(options.keep ?? []),
  };
}

/** Hides nothing. */
export const NO_REDACTION: Redactor = {
  ...createRedactor({ defaults: false }),
  hide: (value) => value,
};
