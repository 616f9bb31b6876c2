/** Longest text of a cell in Excel, in UTF-16 units. */
export const MOST_CHARS = 32_767;

// XML does not allow these, and a program that drops one would show another text.
const NO_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff]/g;
// A carriage return alone is read as a line feed.
const RETURN = /\r(?!\n)/g;
// Excel decodes this notation of a character; with an escape the text stays the same.
const ESCAPE = /_(?=x[0-9A-Fa-f]{4}_)/g;

function pictureOf(char: string): string {
  const code = char.charCodeAt(0);
  if (code >= 0xfffe) return '\ufffd';
  return String.fromCharCode(code === 0x7f ? 0x2421 : 0x2400 + code);
}

/**
 * A text for a cell, shown letter for letter: control characters become their symbols (␀), and a text that is too long
 * for a cell is cut and ends in `…`.
 */
export function cellText(text: string): string {
  const shown = text.toWellFormed().replace(NO_XML, pictureOf).replace(RETURN, '\u240d').replace(ESCAPE, '_x005F_');
  if (shown.length <= MOST_CHARS) return shown;
  const cut = shown.slice(0, MOST_CHARS - 1);
  // Not in the middle of a character or of an escape.
  return `${cut.replace(/[\ud800-\udbff]$|_(x[0-9A-Fa-f]{0,4})?$/, '')}…`;
}
