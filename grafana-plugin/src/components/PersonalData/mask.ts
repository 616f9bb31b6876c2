import { canonicalJson, type AuditEntry, type JsonValue } from '@auditrail/core';
import { type TrailLine } from '@auditrail/core/loki';

/** Replaces masked characters. */
const MASK = '•••';

/** How to mask a value: by its kind, or, as `text`, only the addresses in it. */
export type PersonalKind = 'email' | 'ip' | 'session' | 'device' | 'userAgent' | 'text';

const EMAIL_WORD = /[^\s"'<>()[\]{},;:/?&=|\\]+/g;
const AT = /@|%40/i;
const IPV4 = /(?<![\d.])(\d{1,3}\.\d{1,3})\.\d{1,3}\.\d{1,3}(?!\.?\d)/g;
const IPV6 = /(?<![\w:])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?!\w|:|\.[\d•])/gi;

function maskWord(word: string): string {
  const at = AT.exec(word);
  if (!at || at.index === 0) return word;
  const [first = ''] = word;
  return first + MASK + word.slice(at.index);
}

// An IPv6 address has eight groups or `::`. Anything else is a time of day or similar.
function maskIpv6(text: string): string {
  const groups = text.split(':');
  if (!text.includes('::') && groups.length !== 8) return text;
  return `${groups.slice(0, 2).join(':')}:${MASK}`;
}

function maskText(text: string): string {
  return text.replace(EMAIL_WORD, maskWord).replace(IPV4, '$1.•.•').replace(IPV6, maskIpv6);
}

/**
 * A value without its identifying part. What is left is usually enough to distinguish two people in a view.
 *
 * @example maskValue('email', 'ada@example.com') // 'a•••@example.com'
 * @example maskValue('ip', '10.2.3.4') // '10.2.•.•'
 * @example maskValue('text', 'Reset the password of ada@example.com') // 'Reset the password of a•••@example.com'
 */
export function maskValue(kind: PersonalKind, value: string): string {
  if (kind === 'text' || value === '') return maskText(value);
  const masked = kind === 'email' || kind === 'ip' ? maskText(value) : value;
  return masked === value ? MASK : masked;
}

/** Whether a text was masked, so that it cannot be searched for. */
export const isMasked = (text: string): boolean => text.includes('•');

// The entry's own personal data is masked in all its texts, for example in the description.
function ownValues({
  actor,
  onBehalfOf = [],
  source = {},
}: Pick<AuditEntry, 'actor' | 'onBehalfOf' | 'source'>): Array<[value: string, masked: string]> {
  const known: Array<[PersonalKind, string | undefined]> = [
    ['email', actor.email],
    ...onBehalfOf.map(({ email }): [PersonalKind, string | undefined] => ['email', email]),
    ['ip', source.ip],
    ['session', source.sessionId],
    ['device', source.deviceId],
    ['userAgent', source.userAgent],
  ];
  return (
    known
      // A value of one or two letters would match in almost any word.
      .flatMap(([kind, value]): Array<[string, string]> =>
        value && value.length > 2 ? [[value, maskValue(kind, value)]] : [],
      )
      .sort(([a], [b]) => b.length - a.length)
  );
}

/**
 * The personal data of these entries, such as sessions and email addresses, which rows mask in all texts.
 *
 * @example containsAny(personalTexts(lines), 'session s-4711') // true if one of the entries has the session s-4711
 */
export function personalTexts(lines: readonly TrailLine[]): ReadonlySet<string> {
  return new Set(lines.flatMap(({ entry }) => (entry ? ownValues(entry).map(([value]) => value) : [])));
}

/** Whether a value contains one of these texts. */
export const containsAny = (texts: ReadonlySet<string>, value: string): boolean =>
  texts.has(value) || [...texts].some((text) => value.includes(text));

function maskWithin(value: JsonValue, mask: (text: string) => string): JsonValue {
  if (typeof value === 'string') return mask(value);
  if (Array.isArray(value)) return value.map((one) => maskWithin(one, mask));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [mask(name), maskWithin(one, mask)]));
}

// Structure, not content: terms of the schema, times, and hashes.
const KEPT = ['schema', 'id', 'time', 'action', 'event', 'channel', 'category', 'outcome', 'chain', 'trace'];
const SOURCE_KINDS = { ip: 'ip', userAgent: 'userAgent', sessionId: 'session', deviceId: 'device' } as const;

/** An entry with masked personal data: email and IP addresses, session, device, and user agent, in all its texts. */
function maskEntry(entry: AuditEntry): AuditEntry {
  const own = ownValues(entry);
  const mask = (text: string) => maskText(own.reduce((rest, [value, masked]) => rest.replaceAll(value, masked), text));
  const masked = Object.entries(entry).map(([name, value]) => [
    name,
    KEPT.includes(name) ? value : maskWithin(value as JsonValue, mask),
  ]);
  const result = Object.fromEntries(masked) as AuditEntry;
  if (entry.actor.email) result.actor.email = maskValue('email', entry.actor.email);
  entry.onBehalfOf?.forEach(({ email }, i) => {
    const principal = result.onBehalfOf?.[i];
    if (principal && email) principal.email = maskValue('email', email);
  });
  for (const [name, kind] of Object.entries(SOURCE_KINDS) as Array<[keyof typeof SOURCE_KINDS, PersonalKind]>) {
    const value = entry.source?.[name];
    if (result.source && value) result.source[name] = maskValue(kind, value);
  }
  return result;
}

const maskedLines = new WeakMap<TrailLine, TrailLine>();
const storedLines = new WeakMap<TrailLine, TrailLine>();

/**
 * A line with masked personal data. It is masked on first access, because most rows of a long list are never shown. Returns
 * the same object for the same line.
 */
export function maskTrailLine(stored: TrailLine): TrailLine {
  const known = maskedLines.get(stored);
  if (known) return known;
  const { key, ns, entry, problem } = stored;
  let masked: AuditEntry | undefined;
  const maskedEntry = (given: AuditEntry) => (masked ??= maskEntry(given));
  const line: TrailLine = {
    key,
    ns,
    get line() {
      return entry ? canonicalJson(maskedEntry(entry)) : maskUnknownLine(stored.line);
    },
    ...(problem !== undefined && { problem: maskText(problem) }),
  };
  if (entry) Object.defineProperty(line, 'entry', { enumerable: true, get: () => maskedEntry(entry) });
  maskedLines.set(stored, line);
  storedLines.set(line, stored);
  return line;
}

// A line from another sender can still be JSON, in which an @ can be written as \u0040.
function maskUnknownLine(line: string): string {
  try {
    return JSON.stringify(maskWithin(JSON.parse(line) as JsonValue, maskText));
  } catch {
    return maskText(line);
  }
}

/** The unmasked line, to compute hashes and chain links. Its content must not be shown. */
export function asStored(line: TrailLine): TrailLine {
  return storedLines.get(line) ?? line;
}
