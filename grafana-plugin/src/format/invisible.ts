// What a screen does not show, or what reorders its neighbors: control characters, marks and overrides of direction, blanks
// without width, fillers, tags. Joiners and selectors mean something in emoji and in many scripts, but not beside ASCII.
const INVISIBLE = new RegExp(
  [
    '[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\xad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b\\u200e\\u200f]',
    '[\\u2028-\\u202e\\u2060-\\u206f\\u2800\\u3164\\ufeff\\uffa0\\ufff0-\\ufffb]',
    '(?<=^|[\\x00-\\x7f])[\\u200c\\u200d]|[\\u200c\\u200d](?=$|[\\x00-\\x7f])',
    '(?<=[A-Za-z])[\\ufe00-\\ufe0f]|(?<=[\\x00-\\x7f])[\\u{e0100}-\\u{e01ef}]',
    // Flags such as that of Scotland are a black flag and tags.
    '(?<!\\u{1f3f4}[\\u{e0020}-\\u{e007f}]*)[\\u{e0000}-\\u{e007f}]',
  ].join('|'),
  'gu',
);
// Nearly every text: decided at once, for each cell of each row.
const PLAIN = /^[\x20-\x7e\n\r\t]*$/;

const codeOf = (character: string) => (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');

/** A piece of a text; `code` names the character where it is one that would not be seen. */
export interface Piece {
  text: string;
  code?: string;
}

/** A text in pieces, so that characters that would not be seen can be marked; undefined where there are none. */
export function invisiblePieces(text: string): Piece[] | undefined {
  if (PLAIN.test(text)) return undefined;
  const pieces: Piece[] = [];
  let end = 0;
  for (const { 0: character, index } of text.matchAll(INVISIBLE)) {
    if (index > end) pieces.push({ text: text.slice(end, index) });
    pieces.push({ text: character, code: `U+${codeOf(character)}` });
    end = index + character.length;
  }
  if (pieces.length === 0) return undefined;
  return end < text.length ? [...pieces, { text: text.slice(end) }] : pieces;
}

/**
 * A text in which every character is seen, for tooltips, labels and sentences.
 *
 * @example visible('ad\u200bmin') // 'ad⟨U+200B⟩min'
 */
export function visible(text: string): string {
  return PLAIN.test(text) ? text : text.replace(INVISIBLE, (character) => `⟨U+${codeOf(character)}⟩`);
}

/** JSON in which every character is seen, and which means the same. */
export function visibleJson(json: string): string {
  if (PLAIN.test(json)) return json;
  const escape = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return json.replace(INVISIBLE, (character) => character.split('').map(escape).join(''));
}
