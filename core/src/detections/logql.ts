import { labelList, labelOf } from './labels.ts';
import { by, countOf, countOfEach, distinctOf, selectionQuery } from './logql-parts.ts';
import { sequenceQuery } from './logql-sequence.ts';
import { alertEntries, type CountPattern, type DistinctPattern, type Exception, type Pattern } from './pattern.ts';
import type { SilencePattern } from './pattern.ts';

/** A LogQL metric query that includes the thresholds, so that it only returns series above them. */
export function patternQuery(pattern: Pattern): string {
  if (pattern.kind === 'sequence') return sequenceQuery(pattern);
  if (pattern.kind === 'silence') return silenceQuery(pattern);
  const query = pattern.kind === 'count' ? countQuery(pattern) : distinctQuery(pattern);
  return pattern.except ? `(${query}) ${exception(pattern, pattern.except)}` : query;
}

function silenceQuery({ select, by: keys, minutes, hoursAgo, atLeast }: SilencePattern): string {
  const before = countOf(keys, select, minutes, ` offset ${hoursAgo}h`);
  return `(${before} >= ${atLeast}) unless on (${labelList(keys)}) (${countOf(keys, select, minutes)})`;
}

function countQuery({ select, by: keys, minutes, atLeast, values, or }: CountPattern): string {
  const enough = `${countOf(keys, select, minutes)} >= ${atLeast}`;
  if (or) return `(${enough}) or (${countOf(keys, or.select, minutes)} >= ${or.atLeast})`;
  if (!values) return enough;
  const different =
    values.each === undefined
      ? distinctOf(values.of, keys, select, minutes)
      : `${by('count', labelList(keys))}(${countOfEach(values.of, keys, select, minutes)} <= ${values.each})`;
  return `(${enough}) and on (${labelList(keys)}) (${different} >= ${values.atLeast})`;
}

function distinctQuery({ select, by: keys, minutes, of, atLeast, entries }: DistinctPattern): string {
  const enough = `${distinctOf(of, keys, select, minutes)} >= ${atLeast}`;
  if (entries === undefined) return enough;
  return `(${enough}) and on (${labelList(keys)}) (${countOf(keys, select, minutes)} >= ${entries})`;
}

function exception({ select, by: keys, minutes }: CountPattern | DistinctPattern, except: Exception): string {
  const on = `on (${labelList(keys)})`;
  const [all, successes] = [select, except.successes].map((of) => distinctOf(except.of, keys, of, minutes));
  return `unless ${on} (${all} / ${on} ${successes} <= ${except.moreThan})`;
}

/** The time of the pattern's last entry in seconds, in one series: the time of the link in Grafana. */
export function lastSecondQuery(pattern: Pattern): string {
  const at = '| label_format at="{{ __timestamp__ | unixEpoch }}" | unwrap at';
  // Without a label to group by, each entry would be a series.
  const label = labelOf('channel');
  const minutes = (pattern.kind === 'sequence' && pattern.lastMinutes) || pattern.minutes;
  return `max(max_over_time(${selectionQuery(alertEntries(pattern), [])} ${at} [${minutes}m]) by (${label}))`;
}
