// Characters that are invisible or reorder their neighbors: control characters, direction marks and overrides, zero-width
// spaces, fillers, tags. Joiners and selectors are meaningful in emoji and in many scripts, but not beside ASCII.
const INVISIBLE = new RegExp(
  [
    '[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\xad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b\\u200e\\u200f]',
    '[\\u2028-\\u202e\\u2060-\\u206f\\u2800\\u3164\\ufeff\\uffa0\\ufff0-\\ufffb]',
    '(?<=^|[\\x00-\\x7f])[\\u200c\\u200d]|[\\u200c\\u200d](?=$|[\\x00-\\x7f])',
    '(?<=[A-Za-z])[\\ufe00-\\ufe0f]|(?<=[\\x00-\\x7f])[\\u{e0100}-\\u{e01ef}]',
    // Flags such as that of Scotland are a black flag followed by tags.
    '(?<!\\u{1f3f4}[\\u{e0020}-\\u{e007f}]*)[\\u{e0000}-\\u{e007f}]',
  ].join('|'),
  'gu',
);
// A fast path for almost all texts, because this runs for each cell of each row.
const PLAIN = /^[\x20-\x7e\n\r\t]*$/;

const codeOf = (character: string) => (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');

/** A piece of a text. `code` identifies the character if it is invisible. */
export interface Piece {
  text: string;
  code?: string;
}

/** Splits a text into pieces, to mark invisible characters; `undefined` if there are none. */
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
 * A text in which all characters are visible, for tooltips, labels, and sentences.
 *
 * @example visible('ad\u200bmin') // 'ad⟨U+200B⟩min'
 */
export function visible(text: string): string {
  return PLAIN.test(text) ? text : text.replace(INVISIBLE, (character) => `⟨U+${codeOf(character)}⟩`);
}

/** Equivalent JSON in which all characters are visible. */
export function visibleJson(json: string): string {
  if (PLAIN.test(json)) return json;
  const escape = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return json.replace(INVISIBLE, (character) => character.split('').map(escape).join(''));
}
