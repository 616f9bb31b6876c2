import { canonicalJson, type AuditEntry, type JsonValue } from '@auditrail/core';
import { type TrailLine } from '@auditrail/core/loki';

/** What stands for that which is not shown. */
const MASK = '•••';

/** How a value is masked: as what it is, or, in `text`, wherever an address stands in it. */
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

// Eight groups, or a gap: anything else is a time of day or the like.
function maskIpv6(text: string): string {
  const groups = text.split(':');
  if (!text.includes('::') && groups.length !== 8) return text;
  return `${groups.slice(0, 2).join(':')}:${MASK}`;
}

function maskText(text: string): string {
  return text.replace(EMAIL_WORD, maskWord).replace(IPV4, '$1.•.•').replace(IPV6, maskIpv6);
}

/**
 * A value without what tells who or where: enough is left to tell two people of one view apart most times.
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

/** Whether a text has been masked: nothing can be looked for by it. */
export const isMasked = (text: string): boolean => text.includes('•');

// What the entry itself knows as personal is masked wherever it stands, in the description for example.
function ownValues({
  actor,
  source = {},
}: Pick<AuditEntry, 'actor' | 'source'>): Array<[value: string, masked: string]> {
  const known: Array<[PersonalKind, string | undefined]> = [
    ['email', actor.email],
    ['ip', source.ip],
    ['session', source.sessionId],
    ['device', source.deviceId],
    ['userAgent', source.userAgent],
  ];
  return (
    known
      // A value of one or two letters would stand in any word.
      .flatMap(([kind, value]): Array<[string, string]> =>
        value && value.length > 2 ? [[value, maskValue(kind, value)]] : [],
      )
      .sort(([a], [b]) => b.length - a.length)
  );
}

function maskWithin(value: JsonValue, mask: (text: string) => string): JsonValue {
  if (typeof value === 'string') return mask(value);
  if (Array.isArray(value)) return value.map((one) => maskWithin(one, mask));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [mask(name), maskWithin(one, mask)]));
}

// Structure, not content: words of our own schema, times and hashes.
const KEPT = ['schema', 'id', 'time', 'action', 'event', 'channel', 'category', 'outcome', 'chain', 'trace'];
const SOURCE_KINDS = { ip: 'ip', userAgent: 'userAgent', sessionId: 'session', deviceId: 'device' } as const;

/** An entry without personal data: e-mail and IP address, session, device and user agent, wherever they stand in it. */
function maskEntry(entry: AuditEntry): AuditEntry {
  const own = ownValues(entry);
  const mask = (text: string) => maskText(own.reduce((rest, [value, masked]) => rest.replaceAll(value, masked), text));
  const masked = Object.entries(entry).map(([name, value]) => [
    name,
    KEPT.includes(name) ? value : maskWithin(value as JsonValue, mask),
  ]);
  const result = Object.fromEntries(masked) as AuditEntry;
  if (entry.actor.email) result.actor.email = maskValue('email', entry.actor.email);
  for (const [name, kind] of Object.entries(SOURCE_KINDS) as Array<[keyof typeof SOURCE_KINDS, PersonalKind]>) {
    const value = entry.source?.[name];
    if (result.source && value) result.source[name] = maskValue(kind, value);
  }
  return result;
}

const maskedLines = new WeakMap<TrailLine, TrailLine>();
const storedLines = new WeakMap<TrailLine, TrailLine>();

/**
 * A line of the trail as it is shown to those who may not see personal data. Masked only when it is looked at: most rows of
 * a long list never are. The same line always gives the same object.
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
      return entry ? canonicalJson(maskedEntry(entry)) : maskForeign(stored.line);
    },
    ...(problem !== undefined && { problem: maskText(problem) }),
  };
  if (entry) Object.defineProperty(line, 'entry', { enumerable: true, get: () => maskedEntry(entry) });
  maskedLines.set(stored, line);
  storedLines.set(line, stored);
  return line;
}

// A line of someone else's may still be JSON, in which an @ can be written as \u0040.
function maskForeign(line: string): string {
  try {
    return JSON.stringify(maskWithin(JSON.parse(line) as JsonValue, maskText));
  } catch {
    return maskText(line);
  }
}

/** The line as Loki has it, to compute with (hashes, links of a chain); what it says is not for showing. */
export function asStored(line: TrailLine): TrailLine {
  return storedLines.get(line) ?? line;
}
