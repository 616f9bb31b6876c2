/** Where a logger tells operators what it had to do; the console by default. Messages are one line each. */
export interface OperatorLog {
  warn(message: string): void;
  error(message: string): void;
}

/** Untrusted text in a log line: no control characters, so that nobody can forge lines. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').slice(0, 500);
}
