// https://owasp.org/www-community/attacks/CSV_Injection: what a spreadsheet reads as a formula at the start of a cell, also
// full-width. Excel splits by semicolon where the decimal sign is a comma, whatever the quotes say: so the same
// holds after each sign that a reader may take for the end of a cell or row.
const FORMULA = '[=+\\-@\\uff1d\\uff0b\\uff0d\\uff20]';
const AFTER = '[;|\\t\\r\\n][\\s"]*';
const AT_START = new RegExp(`^(?=[\\s"]*${FORMULA}|[\\t\\r\\n])`);
const AFTER_SPLITTER = new RegExp(`(${AFTER})(?=${FORMULA})`, 'g');
const IN_JSON = new RegExp(`(${AFTER})(${FORMULA})`, 'g');
const NEEDS_QUOTES = /[",;|'\s]/;

function quote(text: string): string {
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Text as a cell of RFC 4180 that no spreadsheet runs: an apostrophe goes before what would begin a formula. */
export function csvText(text: string): string {
  return quote(text.replace(AT_START, "'").replace(AFTER_SPLITTER, "$1'"));
}

/** A value as JSON in a cell; what would begin a formula is escaped by JSON's own means, so the value stays the same. */
export function csvJson(value: unknown): string {
  return quote(
    JSON.stringify(value).replace(
      IN_JSON,
      (_, before: string, sign: string) => `${before}\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ),
  );
}
