import { createHash, createHmac } from 'node:crypto';
import { canonicalJson, type JsonValue } from '@auditrail/core';
import { isCardNumber } from './card-numbers.ts';
import { pathTree, type PathNodes } from './redact-paths.ts';
import { nameFacts, type NameFacts } from './secret-names.ts';
import { holdsValue, listsNames, namesValue } from './named-pairs.ts';
import type { Hide, Hiding } from './hide.ts';
import { hideSecrets } from './secret-patterns.ts';

/**
 * What must not be stored. Redaction comes before the hash: a hidden value is nowhere in the trail.
 *
 * @example { paths: ['properties.user.ssn', 'changes.*.after.iban'], keys: ['geburtsdatum'], patterns: [/CUST-\d+/] }
 */
export interface RedactOptions {
  /** Paths in the entry, with `*` for any one step. `changes.` with the path of a change matches its values too. */
  paths?: readonly string[] | undefined;
  /** Names of keys, in any case, at any depth below the entry's own fields. */
  keys?: readonly (string | RegExp)[] | undefined;
  /** Expressions to hide in texts. Consider the time that your own expressions take on hostile text. */
  patterns?: readonly RegExp[] | undefined;
  /**
   * Paths whose values stay as they are, whatever their name or text. They take precedence over everything else. List paths whose
   * ids are numbers of 13 to 19 digits, such as `target.id`: about one in fifty random numbers of 16 digits is taken for a card
   * number.
   */
  keep?: readonly string[] | undefined;
  /**
   * The replacement: a text (default `[redacted]`, and `[card ending 1234]` for a card number), or, with a key, `hmac-sha256:` and
   * the HMAC of the secret: whoever has the key can search for a known secret, and nobody else can guess a short one. A key that is
   * `undefined`, for example from a variable that is not set, is refused at start.
   */
  replacement?: string | { hmacKey: string | Uint8Array | undefined } | undefined;
  /** Names such as password or token, and the texts that {@link hideSecrets} knows. Default true. */
  defaults?: boolean | undefined;
}

/** The name of a key as it is stored, and what it means for its value. */
export interface KeyFacts {
  name: string;
  /** The value must be hidden. */
  secret: boolean;
  /** A number is a count of secrets: `maxTokens`. */
  counts: boolean;
  /** The value is a name, for example of a variable… */
  names: boolean;
  /** …whose value is under this key. */
  holds: boolean;
  /** A list under it contains only names. */
  lists: boolean;
}

/** Compiled options, for one key, text or number at a time. Never throws. */
export interface Redactor {
  key(name: string): KeyFacts;
  /** The facts of a name that is a value: `{ name: 'DB_PASSWORD', … }`. */
  nameFacts(name: string): NameFacts;
  text(text: string): string;
  /**
   * Hides secrets in a text that identifies something: hidden parts stay distinct, and the id of an access key stays, so that two
   * actors, sessions or targets never become equal.
   */
  identity(text: string): string;
  number(value: number): JsonValue;
  hide(value: JsonValue): JsonValue;
  readonly paths: PathNodes;
  readonly keep: PathNodes;
}

const MAX_KNOWN_KEYS = 2_000;
const HIDDEN = '[redacted]';
// The part of a card number that PCI DSS allows anyone to keep. With it, ids that were taken for card numbers still differ.
const hiddenCard: Hide = (digits) => `[card ending ${digits.slice(-4)}]`;

/** The HMAC that replaces a secret with `replacement: { hmacKey }`, to search the trail for it. */
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

// Enough to distinguish two of them, and useless for guessing a random credential.
function distinctly(hide: Hide): Hide {
  return (secret) => {
    const [shown, digest] = [hide(secret), createHash('sha256').update(secret).digest('hex').slice(0, 16)];
    return shown.endsWith(']') ? `${shown.slice(0, -1)} ${digest}]` : `${shown} ${digest}`;
  };
}

/**
 * Creates a redactor; call it once, not for every entry.
 *
 * @throws TypeError if `replacement` has a key that is missing
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
      // An expression that fails (stack overflow) must not let a secret through.
      return hide(original);
    }
  };
  const text = (original: string) => hideIn(original, inTexts);

  const factsOf = (name: string): NameFacts => {
    if (isOwn(name)) return { secret: true, counts: false };
    return defaults ? nameFacts(name) : { secret: false, counts: false };
  };
  // Few different keys occur again and again; a flood of new ones must not fill the memory.
  const known = new Map<string, KeyFacts>();
  const key = (name: string): KeyFacts => {
    let facts = known.get(name);
    if (facts === undefined) {
      const plain = defaults ? hideSecrets(name.toWellFormed(), inTexts) : name.toWellFormed();
      facts = {
        // Code that copies entries with `target[key] = value` must not set a prototype.
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
