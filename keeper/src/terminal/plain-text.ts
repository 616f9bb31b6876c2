/** Text of an entry made fit for a terminal or log line: it must not steer what shows it. */
export const plainText = (text: string) => text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ').slice(0, 300);
