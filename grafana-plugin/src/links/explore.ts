import { dateMath } from '@grafana/data';
import type { View } from '../state/view.ts';

/** What an Explore query must say of the data source that it asks. */
export interface ExploreDatasource {
  uid: string;
  type: string;
}

// Explore takes Grafana's time words as they are, and times as milliseconds.
const bound = (text: string) => (dateMath.isMathString(text) ? text : String(Date.parse(text)));

/**
 * The address of Explore with one query, as its own links have it (`schemaVersion` 1); a path without Grafana's base.
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
