import { dateMath } from '@grafana/data';
import type { View } from '../state/view.ts';

/** The data source of an Explore query. */
export interface ExploreDatasource {
  uid: string;
  type: string;
}

// Explore accepts Grafana's relative times, and absolute times in milliseconds.
const bound = (text: string) => (dateMath.isMathString(text) ? text : String(Date.parse(text)));

/**
 * The path of Explore with one query, in the format of its own links (`schemaVersion` 1), without Grafana's base.
 *
 * @see https://grafana.com/docs/grafana/latest/explore/get-started-with-explore/#generate-explore-urls-from-external-tools
 * @example explorePath({ uid: 'loki-1', type: 'loki' }, { expr: '{a="b"}' }, { from: 'now-1h', to: 'now' })
 */
export function explorePath(
  { uid, type }: ExploreDatasource,
  query: Readonly<Record<string, unknown>>,
  { from, to }: Pick<View, 'from' | 'to'>,
): string {
  const pane = {
    datasource: uid,
    queries: [{ refId: 'A', datasource: { type, uid }, ...query }],
    range: { from: bound(from), to: bound(to) },
  };
  return `/explore?${new URLSearchParams({ schemaVersion: '1', panes: JSON.stringify({ a: pane }) })}`;
}
