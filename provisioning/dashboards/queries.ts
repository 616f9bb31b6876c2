import { fieldStorage, logqlString, regexText } from '@auditrail/core/query';

const key = (field: Parameters<typeof fieldStorage>[0]) => fieldStorage(field).key;

export const SERVICE = key('service');
export const CHANNEL = key('channel');
export const OUTCOME = key('outcome');
export const ACTION = key('action');
export const EVENT = key('event');
export const IP = key('ip');
export const ERROR_CODE = key('errorCode');
export const TARGET_NAME = key('targetName');
export const TARGET_ID = key('targetId');
export const TARGET_TYPE = key('targetType');
export const AGENT = key('agent');
export const STREAM = key('chainStream');
export const SEQ = key('chainSeq');

/** A log query of the entries that the dashboard's variables select. Grafana replaces them by regular expressions. */
export const entries = (more = '') => `{${SERVICE}=~"$service", ${CHANNEL}=~"$channel"${more}}`;

/** As {@link entries}, of failures. */
export const failures = entries(`, ${OUTCOME}="failure"`);

/** A stage that keeps these actions. */
export const actionIs = (actions: readonly string[]) => `| ${ACTION}=~${logqlString(actions.map(regexText).join('|'))}`;

/** A stage that keeps actions of this regular expression, which must be safe in a URL: links use it too. */
export const actionLike = (pattern: string) => `| ${ACTION}=~"${pattern}"`;

const count = (query: string, window = '$__range') => `count_over_time(${query} [${window}])`;
export const sum = (query: string) => `sum(${count(query)})`;
/** Zero instead of no result. */
export const sumOrZero = (query: string) => `${sum(query)} or vector(0)`;
export const sumBy = (by: readonly string[], query: string, window?: string) =>
  `sum by (${by.join(', ')}) (${count(query, window)})`;
export const top = (by: readonly string[], query: string) => `topk(10, ${sumBy(by, query)})`;
/** The number of different values of a label. */
export const distinct = (by: string, query: string) => `count(${sumBy([by], query)}) or vector(0)`;
/** The `by` with the most different values of `of`. */
export const topDistinct = (of: string, by: readonly string[], query: string) =>
  `topk(10, count by (${by.join(', ')}) (${sumBy([...by, of], query)}))`;

/** The value of a column in the clicked row, for links. */
export const inRow = (column: string) => `\${__data.fields["${column}"]:percentencode}`;
