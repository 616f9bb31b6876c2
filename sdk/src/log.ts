/** Receives messages for operators, one line each. Default: the console. */
export interface OperatorLog {
  warn(message: string): void;
  error(message: string): void;
}

/** Makes untrusted text safe for a log line: no control characters, which could forge lines, and at most 500 characters. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').slice(0, 500);
}
