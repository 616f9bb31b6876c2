import { type AuditEntry } from '@auditrail/core';
import { type TrailLine } from '@auditrail/core/loki';
import { entriesQuery } from '@auditrail/core/query';
import { t } from '@grafana/i18n';
import { datasourceByUid, hasApp, mayExplore } from '../../data/datasources.ts';
import { explorePath } from '../../links/explore.ts';
import { rangeAround } from '../../links/page.ts';
import { tracePath, TRACES_DRILLDOWN } from '../../links/trace.ts';
import type { AppSettings } from '../../settings.ts';
import type { TimeZone } from '../../state/time-zone.ts';
import { toPickerRange } from '../../state/view-range.ts';
import { toQuery, type View } from '../../state/view.ts';

/** The path of another page of Grafana, or why there is none. */
export type LinkOrReason = { path: string } | { reason: string };

const HOUR_MS = 3_600_000;

const noExplore = () => ({
  reason: t('links.no-explore', 'Opening Explore requires the permission datasources:explore'),
});

/** The link to an entry's trace; `undefined` if the entry has none. */
export function traceLink(entry: AuditEntry, ns: bigint, settings: AppSettings): LinkOrReason | undefined {
  const { trace } = entry;
  if (!trace) return undefined;
  const { tracesDatasourceUid, tracesTarget } = settings;
  if (!tracesDatasourceUid) {
    return { reason: t('links.no-traces', 'No trace data source is configured for this app') };
  }
  const datasource = datasourceByUid(tracesDatasourceUid);
  if (!datasource) {
    return {
      reason: t('links.traces-gone', 'The configured trace data source is missing, or you lack permission to query it'),
    };
  }
  const drilldown = tracesTarget === 'drilldown' && hasApp(TRACES_DRILLDOWN);
  if (!drilldown && !mayExplore()) return noExplore();
  const path = tracePath(datasource, trace.traceId, rangeAround(ns, HOUR_MS), drilldown);
  return path === undefined
    ? { reason: t('links.no-trace-type', 'The configured trace data source is not Tempo, Jaeger, or Zipkin') }
    : { path };
}

/** The link to Explore with the query and the range of a view, which is shown in a time zone. */
export function exploreLink(view: View, settings: AppSettings, zone: TimeZone = 'utc'): LinkOrReason {
  return exploreQueryLink(entriesQuery(toQuery(view)), exploreRange(view, zone), settings);
}

// Explore has its own time zone: its "today" can be another day.
function exploreRange(view: View, zone: TimeZone): Pick<View, 'from' | 'to'> {
  if (!`${view.from}${view.to}`.includes('/')) return view;
  const { from, to } = toPickerRange(view, zone);
  return { from: from.toISOString(), to: view.to === 'now' ? view.to : to.toISOString() };
}

/** The link to Explore with one entry. */
export function exploreEntryLink({ ns, entry }: TrailLine, settings: AppSettings): LinkOrReason | undefined {
  if (!entry) return undefined;
  const query = { filters: [{ field: 'id' as const, operator: 'is' as const, values: [entry.id] }] };
  return exploreQueryLink(entriesQuery(query), rangeAround(ns, HOUR_MS), settings);
}

function exploreQueryLink(expr: string, range: Pick<View, 'from' | 'to'>, settings: AppSettings): LinkOrReason {
  const { source, datasourceUid } = settings;
  if (source !== 'datasource' && datasourceUid === '') {
    return {
      reason: t('links.guarded', 'Entries are read through a guarded route, so Explore has no data source for them'),
    };
  }
  const datasource = datasourceByUid(datasourceUid);
  if (!datasource) {
    return { reason: t('links.loki-gone', 'The Loki data source is missing, or you lack permission to query it') };
  }
  if (!mayExplore()) return noExplore();
  return { path: explorePath(datasource, { expr, queryType: 'range' }, range) };
}
