import type { Filter, FilterField } from '../query/filters.ts';
import type { EntryQuery } from '../query/logql.ts';
import type { DetectionEvent } from './event.ts';
import { ACTOR_FIELDS, type Key, type Pattern, type Selection } from './pattern.ts';

/** The selections that must all have entries before a pattern can fire. */
export function requiredSelections(pattern: Pattern): readonly Selection[] {
  return pattern.kind === 'sequence' ? [pattern.first, pattern.last] : [pattern.select];
}

function allSelections(pattern: Pattern): readonly Selection[] {
  if (pattern.kind === 'sequence') return [pattern.first, pattern.last];
  if (pattern.kind === 'silence') return [pattern.select];
  const more = [pattern.except?.successes, pattern.kind === 'count' ? pattern.or?.select : undefined];
  return [pattern.select, ...more.filter((selection) => selection !== undefined)];
}

function keysOf(pattern: Pattern): readonly Key[] {
  if (pattern.kind === 'sequence')
    return pattern.ways.flatMap(({ by, same, of }) => [...by, ...same, ...(of ? [of] : [])]);
  if (pattern.kind === 'silence') return pattern.by;
  const ofs = [pattern.kind === 'distinct' ? pattern.of : pattern.values?.of, pattern.except?.of];
  return [...pattern.by, ...ofs.filter((key) => key !== undefined)];
}

/**
 * A query for all entries that a pattern can read, and perhaps some more.
 *
 * @example for await (const page of source.rows({ query: readsOf(pattern), range })) …
 */
export function readsOf(pattern: Pattern): EntryQuery {
  const [first, ...others] = allSelections(pattern);
  const common = (first?.filters ?? []).flatMap(({ field }): Filter[] => {
    const values = [first, ...others].map(
      (selection) =>
        selection?.filters.find((filter) => filter.field === field && filter.operator === 'is any of')?.values,
    );
    if (values.includes(undefined)) return [];
    return [{ field, operator: 'is any of', values: [...new Set(values.flatMap((some) => some ?? []))] }];
  });
  return { filters: common };
}

const OF_SELF: readonly FilterField[] = ['targetId', 'targetName'];

/** The fields that a pattern reads. */
export function fieldsOf(pattern: Pattern): readonly FilterField[] {
  const fields = allSelections(pattern).flatMap(({ filters, present = [], absent = [], self }) => [
    ...filters.map(({ field }) => field),
    ...present,
    ...absent,
    ...(self ? [...ACTOR_FIELDS, ...OF_SELF] : []),
  ]);
  const keys = keysOf(pattern).flatMap((key) => (key === 'actor' ? ACTOR_FIELDS : [key]));
  return [...new Set([...fields, ...keys])];
}

/** An event with these fields only, which needs less memory than its entry. */
export function smallEvent({ time, value }: DetectionEvent, fields: readonly FilterField[]): DetectionEvent {
  const values = new Map<FilterField, string>();
  for (const field of fields) {
    const text = value(field);
    if (text !== undefined) values.set(field, text);
  }
  return { time, value: (field) => values.get(field) };
}
