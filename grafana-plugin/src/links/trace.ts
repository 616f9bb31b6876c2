import type { View } from '../state/view.ts';
import { explorePath, type ExploreDatasource } from './explore.ts';

/** Grafana's Traces Drilldown. It knows Tempo only. */
export const TRACES_DRILLDOWN = 'grafana-exploretraces-app';

/** Data sources of traces, and how each is asked for one trace. */
const QUERIES = {
  tempo: (traceId: string) => ({ queryType: 'traceql', query: traceId }),
  jaeger: (traceId: string) => ({ query: traceId }),
  zipkin: (traceId: string) => ({ queryType: 'traceID', query: traceId }),
} as const;

/** The types of data sources that a trace can be opened in. */
export const TRACE_DATASOURCE_TYPES = Object.keys(QUERIES);

const isKnown = (type: string): type is keyof typeof QUERIES => Object.hasOwn(QUERIES, type);

/**
 * The address of one trace, a path without Grafana's base; `undefined` for a data source that is none of traces.
 *
 * @param drilldown in Traces Drilldown instead of Explore, where the data source allows it
 * @param range of the time round the trace: some sources look nowhere else
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
