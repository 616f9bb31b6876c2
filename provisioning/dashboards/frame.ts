import {
  AnnotationQueryBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
  type Dashboard,
  type Panel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { pagePath } from '../page-link.ts';
import { ANNOTATIONS, type AnnotationName } from './annotations.ts';
import type { DASHBOARD_UIDS } from './panel-ids.ts';
import type { PanelBuilder } from './panels.ts';
import { CHANNEL, SERVICE } from './queries.ts';

/** Tag of all dashboards of the audit log. */
const TAG = 'audit';

/** The data sources that a dashboard reads. */
export interface Datasources {
  loki: string;
  prometheus: string;
}

/** A dashboard of the audit log. */
export interface AuditDashboard {
  uid: (typeof DASHBOARD_UIDS)[keyof typeof DASHBOARD_UIDS];
  title: string;
  description: string;
  /** How far back it looks when it is opened. */
  from: string;
  /** The annotations that are on when it is opened. */
  annotations: AnnotationName[];
  panels: PanelBuilder[];
}

const variable = (name: string, title: string, label: string, loki: { type: string; uid: string }) =>
  new QueryVariableBuilder(name)
    .label(title)
    .datasource(loki)
    .query({ refId: name, type: 1, label, stream: '' })
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.+')
    .current({ text: ['All'], value: ['$__all'] });

// Grafana 12 reads the format that the SDK calls deprecated.
/* eslint-disable @typescript-eslint/no-deprecated */

/** The dashboard in Grafana's JSON format, with variables, annotations and links. */
export function buildDashboard(about: AuditDashboard, { loki, prometheus }: Datasources): Dashboard {
  const source = { type: 'loki', uid: loki };
  const builder = new DashboardBuilder(about.title)
    .uid(about.uid)
    .description(about.description)
    .tags([TAG])
    .readonly()
    .version(1)
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: about.from, to: 'now' })
    .refresh('1m')
    .timezone('browser')
    .withVariable(variable('service', 'Service', SERVICE, source))
    .withVariable(variable('channel', 'Channel', CHANNEL, source))
    .annotations(
      ANNOTATIONS.map(({ name, color, query }) =>
        new AnnotationQueryBuilder()
          .name(name)
          .datasource(source)
          .enable(about.annotations.includes(name))
          .iconColor(color)
          .expr(query('$service'))
          .tagKeys('audit_action'),
      ),
    )
    .links([
      new DashboardLinkBuilder('Audit page')
        .type(DashboardLinkType.Link)
        .url(pagePath({}))
        .icon('external link')
        .keepTime(true)
        .includeVars(true),
      new DashboardLinkBuilder('Audit dashboards')
        .type(DashboardLinkType.Dashboards)
        .tags([TAG])
        .asDropdown(true)
        .keepTime(true)
        .includeVars(true),
    ]);
  const built = about.panels.reduce((board, panel) => board.withPanel(panel), builder).build();
  const uids: Record<string, string> = { loki, prometheus };
  return { ...built, panels: (built.panels ?? []).map((panel) => withDatasource(panel as Panel, uids)) };
}

/** The uid of the panel's data source. The panels only know its type. */
function withDatasource(panel: Panel, uids: Record<string, string>): Panel {
  const type = panel.datasource?.type;
  const uid = type && uids[type];
  if (!type || !uid) return panel;
  const datasource = { type, uid };
  return { ...panel, datasource, targets: (panel.targets ?? []).map((target) => ({ ...target, datasource })) };
}
