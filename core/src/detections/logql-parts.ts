import { entriesQuery } from '../query/logql.ts';
import { ACTOR, labelList, labelOf, presenceKey, SELF } from './labels.ts';
import type { Key, Selection } from './pattern.ts';

/** The LogQL log query for a selection, with the labels of the actor if one of the keys needs them. */
export function selectionQuery({ filters, present = [], absent = [], self }: Selection, keys: readonly Key[]): string {
  return [
    entriesQuery({ filters }),
    ...present.map((field) => `| ${presenceKey(field)}!=""`),
    ...absent.map((field) => `| ${presenceKey(field)}=""`),
    // Templates are slow, so they come after all other conditions.
    ...(self ? [SELF] : []),
    ...(keys.includes('actor') ? [ACTOR] : []),
  ].join(' ');
}

/** An aggregation, over all series if there are no labels. */
export const by = (function_: string, labels: string) => (labels ? `${function_} by (${labels}) ` : function_);

/** The number of entries; `offset` moves the window back, such as ` offset 1h`. */
export const countOf = (keys: readonly Key[], selection: Selection, minutes: number, offset = ''): string =>
  `${by('sum', labelList(keys))}(count_over_time(${selectionQuery(selection, keys)} [${minutes}m]${offset}))`;

/** The number of entries of each value of a key. */
export function countOfEach(of: Key, keys: readonly Key[], selection: Selection, minutes: number): string {
  // With the same label twice, Loki finds no partner for the series in `unless`.
  const labels = [...keys.map((key) => labelList([key])), ...(keys.includes(of) ? [] : [labelOf(of)])].join(', ');
  return `sum by (${labels}) (count_over_time(${selectionQuery(selection, [...keys, of])} [${minutes}m]))`;
}

/** The number of different values of a key. */
export const distinctOf = (of: Key, keys: readonly Key[], selection: Selection, minutes: number): string =>
  `${by('count', labelList(keys))}(${countOfEach(of, keys, selection, minutes)})`;
