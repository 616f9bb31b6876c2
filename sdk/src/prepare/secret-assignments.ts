import { nameFacts } from './secret-names.ts';
import type { Hide } from './hide.ts';
import { valueAt, type ValueContext, type ValueRange } from './secret-value.ts';

const SEPARATOR = /[=:]|%3[dD]/g;
const NAME_END = /[\w\-[\]%\u00c0-\u024f]/;
const NAME = /[\w.\-[\]%$\u00c0-\u024f]/;
const QUOTED_NAME = /[\w.\-[\] $@/\u00c0-\u024f]/;
const MAX_NAME = 64;
// Their values are secret in an address only: elsewhere, a code is usually an error code.
const QUERY_SECRET = /(?:^|[-_])(?:code|sig|signature|hmac|ticket|assertion|samlresponse|credential)$/i;
const SIGNATURE = /(?:^|[-_.])(?:signature|sig)$/i;
const MIN_QUERY_SECRET = 16;
const SCHEMES =
  /(?:bearer|basic|digest|token|apikey|api-key|negotiate|ntlm|aws4-hmac-sha256|hawk|scram-[\w-]{1,20}|key|jwt|dpop|sharedkey(?:lite)?|sharedaccesssignature|vapid|flyv1|bot|genie[kK]ey|snowflake)[ \t]{1,8}(?=\S)/iy;
const HEADER = /authorization$|cookie(?=2?$)/i;
const HEADER_END = /[\r\n]|\\[rn"']/g;
// `secret:read` is a permission.
const PERMISSION = /^(?:read|write|list|create|update|delete|manage|admin|view|edit|use|all|\*)$/i;
// The name of a word or two: `API key = …`.
const WORD_BEFORE = /([A-Za-z]{2,20})[ -]$/;

interface Name {
  text: string;
  start: number;
  /** Its quote, with the backslashes before it. */
  quote: string | undefined;
  loose: boolean;
}

/** The name that ends before `at`: `password`, `user[password]`, `"password"`, `\"password\"`. */
function nameBefore(text: string, at: number): Name | undefined {
  let end = at;
  while (end > at - 4 && (text[end - 1] === ' ' || text[end - 1] === '\t')) end--;
  const loose = end < at;
  // `config["password"] = …`
  if (text[end - 1] === ']' && /["']/.test(text[end - 2] ?? '')) end--;
  let quote: string | undefined;
  const mark = text[end - 1];
  if (mark === '"' || mark === "'" || mark === '`') {
    end--;
    const last = end;
    while (last - end < 15 && text[end - 1] === '\\') end--;
    quote = text.slice(end, last) + mark;
  }
  const part = quote === undefined ? NAME : QUOTED_NAME;
  if (quote === undefined && !NAME_END.test(text[end - 1] ?? '')) return undefined;
  let start = end;
  while (start > 0 && end - start < MAX_NAME && part.test(text[start - 1] ?? '')) start--;
  if (start === end) return undefined;
  return { text: text.slice(start, end), start, quote, loose };
}

// `Password: …` at the beginning of a line, also behind a bullet or `export`.
function beginsLine(text: string, start: number): boolean {
  const before = text.slice(Math.max(0, start - 24), start);
  const line = before.slice(Math.max(before.lastIndexOf('\n'), before.lastIndexOf('\r')) + 1);
  if (line.length === before.length && start > 24) return false;
  return /^[\s#>*;-]*(?:export |set |let |const |var )?$/i.test(line);
}

// The same as a chain of names: `arn:aws:secretsmanager:eu-west-1:1:secret:db`, `urn:ietf:params:oauth:token-type:jwt`.
function isResourceName(text: string, start: number): boolean {
  if (text[start - 1] !== ':') return false;
  const word =
    text
      .slice(Math.max(0, start - 200), start)
      .split(/[\s"'`(<=,]/)
      .at(-1) ?? '';
  return /^(?:arn|urn|crn|ocid\d?|projects|vault):/i.test(word);
}

function inQuery(text: string, start: number): boolean {
  const mark = text[start - 1];
  return mark === '?' || mark === '&' || (mark === ';' && text[start - 5] === '&');
}

interface Separator {
  text: string;
  /** Where the rest begins. */
  next: number;
}

function separatorAt(text: string, mark: string, at: number): Separator | undefined {
  let next = at + mark.length;
  const following = text[next];
  if (mark === '=') {
    if (following === '=' || text[at - 1] === '=') return undefined;
    if (following === '>') next++;
  } else if (mark === ':') {
    if (following === ':' || text[at - 1] === ':' || (following === '/' && text[next + 1] === '/')) return undefined;
    if (following === '=') next++;
  }
  return { text: mark, next };
}

/** Whether the value of a name is to be hidden, and its range. */
function secretOf(text: string, at: number, separator: Separator): ValueRange | undefined {
  const name = nameBefore(text, at);
  if (!name) return undefined;
  const { next, text: mark } = separator;
  const loose = name.loose || /[ \t]/.test(text[next] ?? '');
  const query = mark !== ':' && inQuery(text, name.start);
  let { secret, counts } = nameFacts(name.text);
  let least = 1;
  if (!secret && name.quote === undefined) {
    const [, word] = (loose && WORD_BEFORE.exec(text.slice(Math.max(0, name.start - 22), name.start))) || [];
    // `password is: …`
    const named = /^(?:is|was)$/i.test(name.text) ? word : `${word} ${name.text}`;
    if (word !== undefined) ({ secret, counts } = nameFacts(named ?? ''));
    if (!secret && (query ? QUERY_SECRET : SIGNATURE).test(name.text) && mark !== ':') {
      [secret, least] = [true, query ? MIN_QUERY_SECRET : 8];
    }
  }
  if (!secret || isResourceName(text, name.start)) return undefined;
  const before = text[name.start - 1];
  const quote = name.quote === undefined && (before === '"' || before === "'") ? before : undefined;
  const context: ValueContext = {
    tight: !loose,
    query: query || mark.length > 1,
    encoded: mark.length > 1,
    line: beginsLine(text, quote === undefined ? name.start : name.start - 1),
    quote,
    json: name.quote !== undefined && mark === ':' ? name.quote : undefined,
  };
  return valueOf(text, next, name, context, counts, least);
}

function valueOf(
  text: string,
  next: number,
  name: Name,
  context: ValueContext,
  counts: boolean,
  least: number,
): ValueRange | undefined {
  const header = context.json === undefined && text[next - 1] === ':' ? HEADER.exec(name.text) : null;
  if (header) return headerValue(text, next, header[0].toLowerCase(), context);
  const value = valueAt(text, next, context);
  if (!value || value.secret.length < least) return undefined;
  const { secret } = value;
  if (counts && /^\d[\d,._]{0,9}(?!\S)/.test(secret)) return undefined;
  if (context.tight && text[next - 1] === ':' && PERMISSION.test(secret)) return undefined;
  // `Pin: see the map`
  if (name.text.length <= 4 && name.quote === undefined && !context.tight && !/\d/.test(secret)) return undefined;
  return value;
}

// All of a header's value is secret, including spaces and further pairs, except its scheme.
function headerValue(text: string, next: number, header: string, context: ValueContext): ValueRange | undefined {
  const spaces = /^[ \t]{0,16}/.exec(text.slice(next, next + 16))?.[0].length ?? 0;
  let start = next + spaces;
  if (/["']/.test(text[start] ?? '') && text[start] !== context.quote) {
    return valueAt(text, start, { ...context, tight: true });
  }
  SCHEMES.lastIndex = start;
  const [scheme] = SCHEMES.exec(text) ?? [];
  start += scheme?.length ?? 0;
  HEADER_END.lastIndex = start;
  let end = HEADER_END.exec(text)?.index ?? text.length;
  const quoted = context.quote === undefined ? -1 : text.slice(start, end).indexOf(context.quote);
  if (quoted >= 0) end = start + quoted;
  const value = text.slice(start, end);
  if (value.trim() === '' || value.startsWith('[redacted')) return undefined;
  // `Cookie: preferences were changed`, `Authorization: granted by Ada`
  const isOne = header === 'cookie' ? value.includes('=') : scheme !== undefined || /^\S{8,}\s*$/.test(value);
  return isOne ? { start, end, secret: value, around: '' } : undefined;
}

/** Hides values that follow the name of a secret: `password=x`, `Password: x`, `"password":"x"`, `user[password]=x`. */
export function hideAssigned(text: string, hide: Hide): string {
  let out = '';
  let done = 0;
  SEPARATOR.lastIndex = 0;
  for (let match = SEPARATOR.exec(text); match; match = SEPARATOR.exec(text)) {
    const separator = separatorAt(text, match[0], match.index);
    const value = separator && secretOf(text, match.index, separator);
    if (!value || value.start < done) continue;
    out += text.slice(done, value.start) + value.around + hide(value.secret) + value.around;
    done = value.end;
    SEPARATOR.lastIndex = done;
  }
  return done === 0 ? text : out + text.slice(done);
}
