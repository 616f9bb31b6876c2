/**
 * A chain of replacements in Go's templates, for Alertmanager, Loki's ruler and Grafana. Patterns must not contain a dollar,
 * which Grafana treats as an environment variable.
 *
 * @example replacing([['<', '‹']]) // | reReplaceAll `<` "‹"
 */
export const replacing = (replacements: readonly (readonly [pattern: string, by: string])[]): string =>
  replacements.map(([pattern, by]) => ` | reReplaceAll \`${pattern}\` "${by}"`).join('');
