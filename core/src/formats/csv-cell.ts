// https://owasp.org/www-community/attacks/CSV_Injection: what a spreadsheet reads as a formula at the start of a cell, also
// full-width. Excel splits by semicolon where the decimal sign is a comma, whatever the quotes say: so the same
// holds after each sign that a reader may take for the end of a cell or row.
const FORMULA = '[=+\\-@\\uff1d\\uff0b\\uff0d\\uff20\\ufe66\\ufe62\\ufe63\\ufe6b\\u2212]';
// What a program may drop before it looks for a formula, whether it shows or not: LibreOffice drops NUL. White space, quotes,
// controls, format characters such as the byte order mark, and everything else that is ignorable or unassigned.
const DROPPED = '[\\s"\\p{C}\\p{Z}\\p{M}\\p{Default_Ignorable_Code_Point}]*';
const AT_START = new RegExp(`^(?=${DROPPED}${FORMULA}|[\\t\\r\\n])`, 'u');
// Each match takes a whole run of what may be dropped, so that long runs take no longer than others.
const AFTER_SPLITTER = new RegExp(`([;|\\t\\r\\n]${DROPPED})(${FORMULA}?)`, 'gu');
const NEEDS_QUOTES = /[",;|'\s]/;

function quote(text: string): string {
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Text as a cell of RFC 4180 that no spreadsheet runs: an apostrophe goes before what would begin a formula. */
export function csvText(text: string): string {
  return quote(
    text
      .replace(AT_START, "'")
      .replace(AFTER_SPLITTER, (_, before: string, sign: string) => before + (sign && `'${sign}`)),
  );
}

/** A value as JSON in a cell; what would begin a formula is escaped by JSON's own means, so the value stays the same. */
export function csvJson(value: unknown): string {
  return quote(
    JSON.stringify(value).replace(
      AFTER_SPLITTER,
      (_, before: string, sign: string) => before + (sign && `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`),
    ),
  );
}
