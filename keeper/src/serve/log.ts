/** Where the keeper tells its operator what it does. */
export type ServeLog = (level: 'info' | 'warn' | 'error', event: string, details?: Record<string, unknown>) => void;

const LONGEST = 500;
// Control, format and line characters: a log line must stay one line, whatever a request held. JSON does the rest.
const unsafe = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;
const plain = (value: unknown) => (typeof value === 'string' ? value.replace(unsafe, '?').slice(0, LONGEST) : value);

/** One line of JSON per event on standard error. */
export const stderrLog: ServeLog = (level, event, details = {}) => {
  const safe = Object.fromEntries(Object.entries(details).map(([key, value]) => [key, plain(value)]));
  process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), level, event, ...safe })}\n`);
};
