/** Text of an entry or of a server made safe for a terminal or log line: it cannot control the terminal or begin a line. */
export const plainText = (text: string, { maxLength = 300 } = {}) =>
  text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ').slice(0, maxLength);
