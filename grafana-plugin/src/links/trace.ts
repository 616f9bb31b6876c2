import type { View } from '../state/view.ts';
import { explorePath, type ExploreDatasource } from './explore.ts';

/** Grafana's Traces Drilldown. It supports only Tempo. */
export const TRACES_DRILLDOWN = 'grafana-exploretraces-app';

/** The types of trace data sources, and their queries for one trace. */
const QUERIES = {
  tempo: (traceId: string) => ({ queryType: 'traceql', query: traceId }),
  jaeger: (traceId: string) => ({ query: traceId }),
  zipkin: (traceId: string) => ({ queryType: 'traceID', query: traceId }),
} as const;

/** The types of data sources that a trace can be opened in. */
export const TRACE_DATASOURCE_TYPES = Object.keys(QUERIES);

const isKnown = (type: string): type is keyof typeof QUERIES => Object.hasOwn(QUERIES, type);

/**
 * The path of one trace, without Grafana's base; `undefined` if it is not a trace data source.
 *
 * @param drilldown opens Traces Drilldown instead of Explore, if the data source supports it
 * @param range the time range around the trace; some data sources search only there
 */
export function tracePath(
  datasource: ExploreDatasource,
  traceId: string,
  range: Pick<View, 'from' | 'to'>,
  drilldown = false,
): string | undefined {
  const { type, uid } = datasource;
  if (!isKnown(type)) return undefined;
  if (drilldown && type === 'tempo') {
    return `/a/${TRACES_DRILLDOWN}/explore?${new URLSearchParams({ ...range, 'var-ds': uid, traceId })}`;
  }
  return explorePath(datasource, QUERIES[type](traceId), range);
}
