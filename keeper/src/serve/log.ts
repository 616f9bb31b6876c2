import { plainText } from '../terminal/plain-text.ts';

/** The keeper's log. */
export type ServeLog = (level: 'info' | 'warn' | 'error', event: string, details?: Record<string, unknown>) => void;

const MAX_LENGTH = 500;
const plain = (value: unknown) => (typeof value === 'string' ? plainText(value, { maxLength: MAX_LENGTH }) : value);

/** One line of JSON per event on standard error. */
export const stderrLog: ServeLog = (level, event, details = {}) => {
  const safe = Object.fromEntries(Object.entries(details).map(([key, value]) => [key, plain(value)]));
  process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), level, event, ...safe })}\n`);
};
