// https://owasp.org/www-community/attacks/CSV_Injection: the characters at the start of a cell that make it a formula,
// also full-width. In locales with a decimal comma, Excel splits by semicolon even inside of quotes: so the same applies
// after each character that a reader can take for the end of a cell or row.
const FORMULA = '[=+\\-@\\uff1d\\uff0b\\uff0d\\uff20\\ufe66\\ufe62\\ufe63\\ufe6b\\u2212]';
// Characters that a program may drop before it looks for a formula (LibreOffice drops NUL): white space, quotes,
// controls, format characters such as the byte order mark, and everything else that is ignorable or unassigned.
const DROPPED = '[\\s"\\p{C}\\p{Z}\\p{M}\\p{Default_Ignorable_Code_Point}]*';
const AT_START = new RegExp(`^(?=${DROPPED}${FORMULA}|[\\t\\r\\n])`, 'u');
// Each match takes a whole run of such characters, so that long runs are not slower.
const AFTER_SPLITTER = new RegExp(`([;|\\t\\r\\n]${DROPPED})(${FORMULA}?)`, 'gu');
const NEEDS_QUOTES = /[",;|'\s]/;

function quote(text: string): string {
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Text as a cell of RFC 4180 that no spreadsheet runs: an apostrophe precedes the beginning of a formula. */
export function csvText(text: string): string {
  return quote(
    text
      .replace(AT_START, "'")
      .replace(AFTER_SPLITTER, (_, before: string, sign: string) => before + (sign && `'${sign}`)),
  );
}

/** A value as JSON in a cell; the beginning of a formula is escaped as JSON allows, so the value stays the same. */
export function csvJson(value: unknown): string {
  return quote(
    JSON.stringify(value).replace(
      AFTER_SPLITTER,
      (_, before: string, sign: string) => before + (sign && `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`),
    ),
  );
}
