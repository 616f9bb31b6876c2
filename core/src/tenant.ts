const WORDS = /^[A-Za-z0-9!\-_.*'()]{1,150}$/;

/**
 * Whether a text names one tenant of Loki; several are joined by `|` there, which nobody can write to.
 *
 * @see https://grafana.com/docs/loki/latest/operations/multi-tenancy/
 */
export function isTenant(text: string): boolean {
  return WORDS.test(text) && text !== '.' && text !== '..';
}
