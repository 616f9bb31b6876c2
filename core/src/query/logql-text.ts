/**
 * A text as a LogQL string. LogQL's strings are Go's, and JSON's escapes are a subset of those; only a lone surrogate
 * is not, and no stored text contains one.
 */
export function logqlString(text: string): string {
  return JSON.stringify(text.toWellFormed());
}

/**
 * A text as a regular expression (RE2) that matches exactly that text. Control characters are written as numbers: Loki
 * rewrites a query before it runs it, and cannot parse some of them again.
 */
export function regexText(text: string): string {
  return text
    .replace(/[\\.+*?()|[\]{}^$]/g, '\\$&')
    .replace(/\p{Cc}|\ufeff/gu, (character) => `\\x{${character.codePointAt(0)?.toString(16)}}`);
}

// Characters that Go's JSON escapes and RFC 8785 does not: Loki writes lists, and the collector the bodies that it
// changed.
const GO_ESCAPES = /[<>&\u2028\u2029\b\f]/;

/** A text as a regular expression (RE2) that matches it as the inside of a JSON string, whoever wrote the JSON. */
export function jsonRegexText(text: string): string {
  return [...text.toWellFormed()]
    .map((character) => {
      const plain = regexText(JSON.stringify(character).slice(1, -1));
      if (!GO_ESCAPES.test(character)) return plain;
      return `(?:${plain}|\\\\u${character.charCodeAt(0).toString(16).padStart(4, '0')})`;
    })
    .join('');
}
