/** What LogQL's `| json` reads out of a line, as texts. */
export interface LineMembers {
  /** The member `description`; missing if it has no value. */
  description: string | undefined;
  /**
   * The members of `properties` that a filter can name, as `{"cart.total":"12","note":"x"}`: each path with its value as
   * text. Objects and arrays have their JSON text; empty values are omitted.
   */
  properties: string | undefined;
  /** Whether the line's text is compact, and the description and all names are escaped as JSON.stringify does it. */
  isPlain: boolean;
}

const NAME = /^[A-Za-z0-9_-]{1,64}$/;
const DOTTED_NAME = /^[A-Za-z0-9_-]{1,64}(?:\.[A-Za-z0-9_-]{1,64}){1,7}$/;
const MAX_LEVELS = 8;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const code = (character: string) => character.charCodeAt(0);
const [OPEN, CLOSE, OPEN_LIST, CLOSE_LIST, COMMA, COLON] = ['{', '}', '[', ']', ',', ':'].map(code);
const ESCAPE = /\\(?:u([0-9a-fA-F]{4})|(.?))/gs;
const ESCAPED = new Map([
  ...['"', '\\', '/'].map((character): [string, string] => [character, character]),
  ...([
    ['b', '\b'],
    ['f', '\f'],
    ['n', '\n'],
    ['r', '\r'],
    ['t', '\t'],
  ] as const),
]);

/**
 * Reads a line as Loki's parser does: the first of several members with one name counts, numbers keep their spelling, and
 * what comes before a syntax error is read.
 */
export function lineMembers(line: string): LineMembers {
  const reader = new LineReader(line);
  reader.read();
  return reader.members();
}

class LineReader {
  readonly #line: string;
  #at = 1;
  #isPlain = true;
  #description: string | undefined;
  readonly #nested = new Map<string, string>();
  readonly #flat = new Map<string, string>();

  constructor(line: string) {
    this.#line = line;
  }

  read(): void {
    if (code(this.#line) !== OPEN) return;
    this.#eachMember((name) => {
      const from = this.#at;
      if (name === 'properties' && this.#line.charCodeAt(from) === OPEN) {
        this.#at++;
        return this.#readProperties('', 1);
      }
      if (!this.#skipValue()) return false;
      if (name !== 'description' || this.#description !== undefined) return true;
      const text = this.#line.slice(from, this.#at);
      this.#description = valueText(text);
      if (text.length !== this.#description.length + 2 && text !== JSON.stringify(this.#description)) {
        this.#isPlain = false;
      }
      return true;
    });
  }

  members(): LineMembers {
    for (const [name, value] of this.#flat) if (!this.#nested.get(name)) this.#nested.set(name, value);
    let properties = '';
    for (const [path, value] of this.#nested) {
      if (value !== '') properties += `${properties === '' ? '{' : ','}"${path}":${JSON.stringify(value)}`;
    }
    return {
      description: this.#description || undefined,
      properties: properties === '' ? undefined : `${properties}}`,
      isPlain: this.#isPlain,
    };
  }

  #readProperties(prefix: string, level: number): boolean {
    return this.#eachMember((name) => {
      const from = this.#at;
      const isNamed = NAME.test(name);
      const path = prefix + name;
      if (isNamed && level < MAX_LEVELS && this.#line.charCodeAt(from) === OPEN) {
        // Its position among the first of one name is that of its begin, before those inside of it.
        const isFirst = !this.#nested.has(path);
        if (isFirst) this.#nested.set(path, '');
        this.#at++;
        if (!this.#readProperties(`${path}.`, level + 1)) return false;
        if (isFirst) this.#nested.set(path, this.#line.slice(from, this.#at));
        return true;
      }
      if (!this.#skipValue()) return false;
      const text = () => valueText(this.#line.slice(from, this.#at));
      if (isNamed && !this.#nested.has(path)) this.#nested.set(path, text());
      if (level === 1 && DOTTED_NAME.test(name) && !this.#flat.has(name)) this.#flat.set(name, text());
      return true;
    });
  }

  // From behind a `{` to behind its `}`. False: the line is not JSON from here on.
  #eachMember(onValue: (name: string) => boolean): boolean {
    this.#skipSpace();
    if (this.#take(CLOSE)) return true;
    for (;;) {
      const from = this.#at;
      if (this.#line.charCodeAt(from) !== QUOTE || !this.#skipString()) return false;
      const quoted = this.#line.slice(from + 1, this.#at - 1);
      const name = quoted.includes('\\') ? unescaped(quoted) : quoted;
      if (name !== quoted) this.#isPlain = false;
      this.#skipSpace();
      if (!this.#take(COLON)) return false;
      this.#skipSpace();
      if (!onValue(name)) return false;
      this.#skipSpace();
      if (this.#take(CLOSE)) return true;
      if (!this.#take(COMMA)) return false;
      this.#skipSpace();
    }
  }

  #take(character: number | undefined): boolean {
    if (this.#line.charCodeAt(this.#at) !== character) return false;
    this.#at++;
    return true;
  }

  #skipSpace(): void {
    while (this.#line.charCodeAt(this.#at) <= 0x20) {
      this.#at++;
      this.#isPlain = false;
    }
  }

  #skipString(): boolean {
    const line = this.#line;
    for (let end = line.indexOf('"', this.#at + 1); end >= 0; end = line.indexOf('"', end + 1)) {
      let before = end - 1;
      while (line.charCodeAt(before) === BACKSLASH) before--;
      if ((end - before) % 2 === 0) continue;
      this.#at = end + 1;
      return true;
    }
    return false;
  }

  #skipValue(): boolean {
    let depth = 0;
    for (; this.#at < this.#line.length; this.#at++) {
      const character = this.#line.charCodeAt(this.#at);
      if (character === QUOTE) {
        if (!this.#skipString()) return false;
        if (depth === 0) return true;
        this.#at--;
      } else if (character === OPEN || character === OPEN_LIST) {
        depth++;
      } else if (character === CLOSE || character === CLOSE_LIST || character === COMMA) {
        if (depth === 0) return true;
        if (character !== COMMA && --depth === 0) {
          this.#at++;
          return true;
        }
      }
    }
    return false;
  }
}

/** A value as a label of Loki: a list is unescaped like a string, and Loki omits U+FFFD. */
function valueText(json: string): string {
  if (json.startsWith('{')) return json;
  if (json === 'null') return '';
  const text = unescaped(json.startsWith('"') ? json.slice(1, -1) : json.trimEnd());
  return text.includes('\ufffd') ? text.replaceAll('\ufffd', '') : text;
}

function unescaped(text: string): string {
  if (!text.includes('\\')) return text;
  let isValid = true;
  const plain = text.replace(ESCAPE, (_, hex: string | undefined, character: string | undefined) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    const meant = ESCAPED.get(character ?? '');
    if (meant === undefined) isValid = false;
    return meant ?? '';
  });
  return isValid && plain.isWellFormed() ? plain : '';
}
