import { entriesQuery } from '../query/logql.ts';
import { ACTOR, labelList, labelOf, presenceKey, SELF } from './labels.ts';
import type { Key, Selection } from './pattern.ts';

/** The LogQL log query for a selection, with the labels of the actor. */
export function selectionQuery({ filters, present = [], absent = [], self }: Selection): string {
  return [
    `${entriesQuery({ filters })} ${ACTOR}`,
    ...present.map((field) => `| ${presenceKey(field)}!=""`),
    ...absent.map((field) => `| ${presenceKey(field)}=""`),
    ...(self ? [SELF] : []),
  ].join(' ');
}

/** An aggregation, over all series if there are no labels. */
export const by = (function_: string, labels: string) => (labels ? `${function_} by (${labels}) ` : function_);

/** The number of entries. */
export const countOf = (keys: readonly Key[], selection: Selection, minutes: number): string =>
  countByLabels(labelList(keys), selection, minutes);

const countByLabels = (labels: string, selection: Selection, minutes: number) =>
  `${by('sum', labels)}(count_over_time(${selectionQuery(selection)} [${minutes}m]))`;

/** The number of entries of each value of a key. */
export const countOfEach = (of: Key, keys: readonly Key[], selection: Selection, minutes: number) =>
  countByLabels([...(keys.length > 0 ? [labelList(keys)] : []), labelOf(of)].join(', '), selection, minutes);

/** The number of different values of a key. */
export const distinctOf = (of: Key, keys: readonly Key[], selection: Selection, minutes: number): string =>
  `${by('count', labelList(keys))}(${countOfEach(of, keys, selection, minutes)})`;
