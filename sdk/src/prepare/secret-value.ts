import { isSecretName } from './secret-names.ts';

/** The context in which a value begins. */
export interface ValueContext {
  /** `a=b`, without a space: a query, a connection string, a command line. */
  tight: boolean;
  /** Inside the query of an address: `&` and `#` always end the value. */
  query: boolean;
  /** Inside an encoded address, with `%3D` for `=`: `%26` ends the value. */
  encoded: boolean;
  /** The name begins its line, as in a settings file: then the value is the rest of the line. */
  line: boolean;
  /** The quote around name and value together: `"X-Api-Key: x"`. */
  quote: string | undefined;
  /** The quote of a JSON name: a value without quotes is a number, a list or an object. */
  json: string | undefined;
}

export interface ValueRange {
  start: number;
  end: number;
  /** The secret without its quotes. */
  secret: string;
  /** The quotes to put around the replacement, so that JSON stays JSON. */
  around: string;
}

// Values that describe a secret, and are not one: `password: changed`, `token=null`.
const LITERAL = /(?:true|false|null|undefined|none|nil)(?![\w-])/iy;
const REMARK =
  /(?:is|was|were|are|has|had|have|must|should|shall|may|can|cannot|can't|could|will|would|does|did|not|no|yes|missing|required|expire[sd]|invalid|valid|incorrect|wrong|changed|unchanged|updated|reset|set|unset|created|added|removed|deleted|revoked|rotated|renewed|issued|used|sent|received|refused|rejected|accepted|denied|granted|failed|ok|okay|too|weak|strong|empty|unknown|disabled|enabled|enter|please|try|the|a|an|for|of|on|by|in|to|from|with|and|or|at|this|that|see|same|different|mismatch|match(?:es)?|n\/a|string|number|text|hidden|masked|redacted|optional|default)(?![\w@#$%^*+=-])/iy;
// Replacements and placeholders: `[redacted]`, `${PASSWORD}`, `<password>`, `***`, `%s`.
const STAND_IN =
  /(?:\[(?:redacted|card ending|filtered|hidden|masked|removed)[^\]]{0,80}\]|hmac-sha256:[0-9a-f]{64}|\$\{[^}]{0,80}\}|#\{[^}]{0,80}\}|\{\{[^}]{0,80}\}\}|<[\w -]{1,40}>|\*{3,}|•{3,}|x{4,}|\.{3}|…|%s|%\(\w{1,40}\)s|\?)(?=[\s"'`,;&)\]}<.]|\\|$)/iy;
const SIGIL = /[$:@]([A-Za-z_]\w{0,63})(?=[\s"',;)]|$)/y;
const SPACE = /[ \t]{0,16}/y;
const QUOTE = /(\\{0,15})(["'`])/y;

function testAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

// A quote inside a JSON text inside a JSON text has one, three, seven backslashes before it; further ones belong to the value.
function endOfQuoted(text: string, from: number, quote: string, escapes: number): number {
  for (let at = text.indexOf(quote, from); at >= 0; at = text.indexOf(quote, at + 1)) {
    let slashes = 0;
    while (at - slashes > from && text[at - slashes - 1] === '\\') slashes++;
    // SQL doubles a quote inside a text.
    if (quote === "'" && escapes === 0 && slashes === 0 && text[at + 1] === quote) at++;
    else if (slashes < escapes || slashes % (2 * escapes + 2) === escapes) return at - Math.min(slashes, escapes);
  }
  return text.length;
}

function endOfBracketed(text: string, from: number): number {
  let depth = 0;
  let quoted = false;
  for (let at = from; at < text.length; at++) {
    const char = text[at];
    if (char === '"' && text[at - 1] !== '\\') quoted = !quoted;
    else if (quoted) continue;
    else if (char === '[' || char === '{') depth++;
    else if ((char === ']' || char === '}') && --depth === 0) return at + 1;
  }
  return text.length;
}

const isNext = (pattern: RegExp, text: string, at: number) => testAt(pattern, text, at) !== null;
const QUERY_END = /[&#\s"'<>`]/y;
const NEXT_PAIR = /[&;,|](?:amp;)?[ \t]{0,4}(?:[\w.\-[\]%]{1,64}[ \t]{0,2}[=:]|[ \t\r\n]|$|["'}\])])/y;
const CLOSING = /["'`)\]}>\\](?:[\s"'`)\]}>,;.:\\<]|$)/y;

function withoutTrailing(text: string, start: number, end: number): number {
  while (end > start && /[\s.,;:!?)\]}'"]/.test(text[end - 1] ?? '')) end--;
  return end;
}

function endOfTight(text: string, from: number, query = false, encoded = false): number {
  let at = from;
  for (; at < text.length; at++) {
    const char = text[at] ?? '';
    if (/\s/.test(char)) break;
    if (query && isNext(QUERY_END, text, at)) break;
    if (encoded && text.startsWith('%26', at)) break;
    if ('&;,|'.includes(char) && isNext(NEXT_PAIR, text, at)) break;
    if ('"\'`)]}>\\'.includes(char) && isNext(CLOSING, text, at)) break;
    if (char === '<' && text[at + 1] === '/') break;
  }
  return at;
}

function endOfLine(text: string, from: number, quote: string | undefined): number {
  for (let at = from; at < text.length; at++) {
    const char = text[at] ?? '';
    if (char === '\n' || char === '\r' || char === quote || (char === '\\' && /[rn"']/.test(text[at + 1] ?? '')))
      return at;
    if ((char === ',' || char === ';') && isNext(NEXT_PAIR, text, at) && /[=:]/.test(text.slice(at, at + 70)))
      return at;
  }
  return text.length;
}

/** The value that begins at `at`; `undefined` if it cannot be a secret. Takes linear time. */
export function valueAt(text: string, at: number, context: ValueContext): ValueRange | undefined {
  const start = at + (testAt(SPACE, text, at)?.[0].length ?? 0);
  if (start >= text.length || isNext(STAND_IN, text, start)) return undefined;
  const [opening = '', slashes = '', quote] = testAt(QUOTE, text, start) ?? [];
  if (quote !== undefined && (quote !== context.quote || slashes !== '')) {
    const from = start + opening.length;
    const end = endOfQuoted(text, from, quote, slashes.length);
    if (end === from || isNext(STAND_IN, text, from)) return undefined;
    const secret = text.slice(from, end);
    // The quotes of JSON, and of a text in a text, must stay.
    if (context.json !== undefined || slashes !== '') return { start: from, end, secret, around: '' };
    return { start, end: Math.min(text.length, end + 1), secret, around: '' };
  }
  const [, variable] = testAt(SIGIL, text, start) ?? [];
  if (isNext(LITERAL, text, start) || (variable !== undefined && isSecretName(variable))) return undefined;
  if (context.json && /[[{]/.test(text[start] ?? '')) {
    const end = endOfBracketed(text, start);
    return end - start > 2 ? { start, end, secret: text.slice(start, end), around: context.json } : undefined;
  }
  if (context.tight || context.json) {
    const end = endOfTight(text, start, context.query, context.encoded);
    return end > start ? { start, end, secret: text.slice(start, end), around: context.json ?? '' } : undefined;
  }
  if (isNext(REMARK, text, start)) return undefined;
  const end = withoutTrailing(
    text,
    start,
    context.line ? endOfLine(text, start, context.quote) : endOfTight(text, start),
  );
  return end > start ? { start, end, secret: text.slice(start, end), around: '' } : undefined;
}
