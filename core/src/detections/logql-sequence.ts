import { labelList } from './labels.ts';
import { countOf, distinctOf, selectionQuery } from './logql-parts.ts';
import { havingKeys, type Key, type Selection, type SequencePattern, type Way } from './pattern.ts';

/**
 * Shares of the entries before the last one. LogQL cannot count the failures before a success. But a success later than a
 * share of n failures follows at least `share * n` of them. With these shares, a rule never fires with fewer failures before
 * the success than its threshold. It fires from about twice the threshold on, with up to three times as many failures after
 * the success; and at the threshold, if none follows.
 */
const SHARES = [1, 0.5, 0.25];

const parenthesized = (queries: string[]) => queries.map((query) => `(${query})`).join(' or ');

const TIME = '| label_format at="{{ __timestamp__ | unixEpochNanos }}" | unwrap at';

/** The times of a selection's entries as numbers, aggregated by a function with its parameter, such as `max_over_time(`. */
const timeBy = (start: string, keys: readonly Key[], selection: Selection, minutes: number) =>
  `${start}${selectionQuery(selection, keys)} ${TIME} [${minutes}m]) by (${labelList(keys)})`;

// An alert of a last entry has the number of its group. The power of 0 keeps the series with the value 1. No parenthesis may
// follow group_left (): Loki drops the empty () when it formats a rule, and would parse the next one as labels.
const timesNumber = (series: string, on: string, number: string) =>
  `((${series}) ^ 0) * on (${on}) group_left () ${number}`;

function wayQuery({ minutes, lastMinutes = minutes, ...selections }: SequencePattern, way: Way): string {
  const { by, same, atLeast, of, perLast, moreThan } = way;
  const first = havingKeys(selections.first, same);
  const last = havingKeys(selections.last, same);
  const on = labelList(same);
  const join = by.length > same.length ? `on (${on}) group_left ()` : `on (${on})`;
  const success = timeBy('max_over_time(', by, last, lastMinutes);
  const hasRatio = perLast !== undefined || moreThan !== undefined;
  if (atLeast === 1 && !hasRatio) return `(${success} > ${join} ${timeBy('min_over_time(', same, first, minutes)}) ^ 0`;
  const number = of ? distinctOf(of, same, first, minutes) : countOf(same, first, minutes);
  const shares = way.share === undefined ? SHARES : [way.share];
  const alternatives = shares.map((share) => {
    // The time before which the share happened; 1 is the last entry.
    const later = `${success} > ${join} ${timeBy(`quantile_over_time(${share}, `, same, first, minutes)}`;
    const threshold = way.share === undefined ? atLeast / share : atLeast;
    return by.length > same.length
      ? `(${timesNumber(later, on, number)}) >= ${threshold}`
      : `(${number} >= ${threshold}) and on (${on}) (${later})`;
  });
  const any = alternatives.length > 1 ? parenthesized(alternatives) : alternatives.join('');
  const ratio =
    moreThan !== undefined && of
      ? `${number} / on (${on}) ${distinctOf(of, same, last, minutes)} > ${moreThan}`
      : `${number} / on (${on}) ${countOf(same, last, minutes)} >= ${perLast}`;
  return hasRatio ? `(${any}) and on (${on}) (${ratio})` : any;
}

/** The LogQL metric query of a sequence. */
export function sequenceQuery(pattern: SequencePattern): string {
  const [way, ...more] = pattern.ways;
  if (more.length === 0) return wayQuery(pattern, way);
  const keys = pattern.ways.at(-1)?.by ?? way.by;
  return pattern.ways.map((each) => `(${wayQuery(pattern, each)})`).join(` or on (${labelList(keys)}) `);
}
