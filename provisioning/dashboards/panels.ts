import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  BarAlignment,
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  FieldTextAlignment,
  GraphDrawStyle,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TableCellHeight,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizOrientation,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import * as barchart from '@grafana/grafana-foundation-sdk/barchart';
import {
  DashboardLinkBuilder,
  FieldColorBuilder,
  FieldColorModeId,
  MappingType,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { DynamicConfigValue, Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import * as loki from '@grafana/grafana-foundation-sdk/loki';
import * as stat from '@grafana/grafana-foundation-sdk/stat';
import * as table from '@grafana/grafana-foundation-sdk/table';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';
import { dashboardLink, TRACE_LINK, type AuditPageParams } from '../page-link.ts';
import { ACTOR, WHO_FIELD, WHO_LABEL } from '@auditrail/core/detections';
import { inRow, sumBy, top } from './queries.ts';

export type PanelBuilder = Builder<Panel>;

/** A panel's position in Grafana's grid, which has 24 columns; a unit of height is 30 px. */
interface Position {
  x: number;
  y: number;
  w: number;
  h: number;
}

export interface Frame {
  /** Must not change, because links (`viewPanel=`) contain it. */
  id: number;
  title: string;
  description: string;
  position: Position;
}

const LOKI = { type: 'loki' };

interface Framable {
  id: (id: number) => unknown;
  title: (title: string) => unknown;
  description: (text: string) => unknown;
  gridPos: (position: Position) => unknown;
}

/** Sets what all panels have. */
export function framed<B extends Framable>(builder: B, { id, title, description, position }: Frame): B {
  builder.id(id);
  builder.title(title);
  builder.description(description);
  builder.gridPos(position);
  return builder;
}

const query = (expr: string) => new loki.DataqueryBuilder().refId('A').expr(expr).editorMode(loki.QueryEditorMode.Code);
const instant = (expr: string) => query(expr).queryType('instant');
const range = (expr: string) => query(expr).queryType('range');

/** A fixed color of the theme, readable in light and dark. */
const fixedColor = (color: string) => new FieldColorBuilder().mode(FieldColorModeId.Fixed).fixedColor(color);
/** A link of a value to the audit page. */
const pageLink = (params: AuditPageParams, more?: string) => {
  const { title, url } = dashboardLink(params, more);
  return new DashboardLinkBuilder(title).url(url);
};
/** A link of a trace's id to the trace. */
const traceLink = () => new DashboardLinkBuilder(TRACE_LINK.title).url(TRACE_LINK.url);
const properties = (values: Record<string, unknown>): DynamicConfigValue[] =>
  Object.entries(values).map(([id, value]) => ({ id, value }));

// The outcome is also in the text, so that color is not the only indicator.
const OUTCOME_COLORS = { success: 'green', failure: 'red' };

export const legend = () =>
  new VizLegendOptionsBuilder().displayMode(LegendDisplayMode.List).placement(LegendPlacement.Bottom).showLegend(true);
export const tooltip = () => new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending);

// The value column of an instant query's table, which also has Time and a column per label.
const VALUE = 'Value #A';

/** Frames of the numbers in the top row, each of this width. */
export const statFrame =
  (w: number) =>
  (x: number, id: number, title: string, description: string): Frame => ({
    ...{ id, title, description },
    position: { x, y: 0, w, h: 4 },
  });

/** One number over the whole range. */
export function statPanel(about: Frame, expr: string, link: AuditPageParams): PanelBuilder {
  return framed(new stat.PanelBuilder(), about)
    .datasource(LOKI)
    .withTarget(instant(expr))
    .colorScheme(fixedColor('text'))
    .decimals(0)
    .unit('locale')
    .noValue('0')
    .dataLinks([pageLink(link)])
    .colorMode(BigValueColorMode.Value)
    .graphMode(BigValueGraphMode.None)
    .textMode(BigValueTextMode.Value)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']));
}

/** Stacked bars over time of the number of entries, one part for each value of the label `legend`. */
export function volumePanel(
  about: Frame & { legend: string; link?: AuditPageParams; colors?: Record<string, string> },
  log: string,
): PanelBuilder {
  const panel = framed(new timeseries.PanelBuilder(), about)
    .datasource(LOKI)
    .maxDataPoints(80)
    .withTarget(range(sumBy([about.legend], log, '$__auto')).legendFormat(`{{${about.legend}}}`))
    .drawStyle(GraphDrawStyle.Bars)
    .fillOpacity(80)
    .lineWidth(0)
    .barAlignment(BarAlignment.Before)
    .barWidthFactor(0.8)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal))
    .decimals(0)
    .min(0)
    // The time of a bar is its end.
    .dataLinks([pageLink({ at: '${__value.time}', ...about.link })])
    .legend(legend())
    .tooltip(tooltip());
  return withColors(panel, about.colors ?? OUTCOME_COLORS);
}

function withColors<B extends { overrideByName: (name: string, properties: DynamicConfigValue[]) => unknown }>(
  builder: B,
  colors: Record<string, string>,
): B {
  for (const [name, color] of Object.entries(colors)) {
    builder.overrideByName(name, properties({ color: { mode: 'fixed', fixedColor: color } }));
  }
  return builder;
}

/** Horizontal bars, one per value of the label `rows`, stacked by outcome. */
export function outcomePanel(
  about: Frame & { column: string; rows: string; outcome: string },
  expr: string,
  link: AuditPageParams,
): PanelBuilder {
  const { rows, outcome, column } = about;
  const panel = framed(new barchart.PanelBuilder(), about)
    .datasource(LOKI)
    .withTarget(instant(expr))
    .withTransformation({
      id: 'groupingToMatrix',
      options: { columnField: outcome, rowField: rows, valueField: VALUE, emptyValue: 'zero' },
    })
    .withTransformation({ id: 'organize', options: { renameByName: { [`${rows}\\${outcome}`]: column } } })
    .fillOpacity(80)
    .lineWidth(0)
    .decimals(0)
    .min(0)
    .dataLinks([pageLink(link)])
    .orientation(VizOrientation.Horizontal)
    .stacking(StackingMode.Normal)
    .showValue(VisibilityMode.Never)
    .barWidth(0.7)
    .xField(column)
    .legend(legend())
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.None));
  return withColors(panel, OUTCOME_COLORS);
}

export interface TopFrame extends Frame {
  /** The title of the first column. */
  column: string;
  /** Its label. */
  by: string;
  /** Further columns: title by label. */
  columns?: Record<string, string>;
  /** Labels that are only used in the link. */
  hidden?: string[];
  /** The title of the number. Default: `Entries`. */
  number?: string;
  color: string;
}

/** The largest counts, one row per value of the label `by`. */
export function topPanel(about: TopFrame, expr: string, link: AuditPageParams, more?: string): PanelBuilder {
  const { by, column, columns = {}, hidden = [], color, number = 'Entries' } = about;
  const order = [by, ...Object.keys(columns), VALUE];
  const panel = framed(new table.PanelBuilder(), about)
    .datasource(LOKI)
    .withTarget(instant(expr))
    .withTransformation({
      id: 'organize',
      options: {
        excludeByName: { Time: true },
        indexByName: Object.fromEntries(order.map((name, i) => [name, i])),
        renameByName: { [by]: column, ...columns, [VALUE]: number },
      },
    })
    .withTransformation({ id: 'sortBy', options: { sort: [{ field: number, desc: true }] } })
    .align(FieldTextAlignment.Left)
    .overrideByName(column, properties({ links: [pageLink(link, more).build()] }))
    .overrideByName(
      number,
      properties({
        color: { mode: 'fixed', fixedColor: color },
        'custom.width': 85,
        'custom.cellOptions': { type: 'gauge', mode: 'basic', valueDisplayMode: 'text' },
        min: 0,
      }),
    );
  for (const name of hidden) panel.overrideByName(name, properties({ 'custom.hidden': true }));
  return panel.showHeader(true).cellHeight(TableCellHeight.Sm);
}

const IN_ROW = (name: string) => `\${__data.fields["${name}"]}`;

/** As {@link topPanel}, of actors; the link filters by exactly the actor's field: e-mail address, id, name or type. */
export function topActorsPanel(
  about: Omit<TopFrame, 'by'>,
  log: string,
  link: AuditPageParams = {},
  expr: (by: string[], log: string) => string = top,
): PanelBuilder {
  const { column, hidden = [] } = about;
  const actor = `&${IN_ROW(WHO_FIELD)}=${inRow(column)}`;
  const labels = [WHO_LABEL, WHO_FIELD];
  const shown = { ...about, by: WHO_LABEL, hidden: [...hidden, WHO_FIELD] };
  return topPanel(shown, expr(labels, `${log} ${ACTOR}`), link, actor);
}

/** A field of the entry, by its JSON path. */
export interface Column {
  path: string;
  title: string;
  /** Pixels. */
  width?: number;
  kind?: 'time' | 'long';
  link?: AuditPageParams;
  /** Opens the trace with this id. */
  isTrace?: true;
}

/** A table of entries, with columns of the entry's JSON. */
export function entriesPanel(about: Frame, expr: string, columns: readonly Column[]): PanelBuilder {
  const panel = framed(new table.PanelBuilder(), about)
    .datasource(LOKI)
    .withTarget(range(expr).maxLines(50).direction(loki.LokiQueryDirection.Backward))
    .withTransformation({
      id: 'extractFields',
      options: {
        source: 'Line',
        format: 'json',
        replace: true,
        keepTime: false,
        jsonPaths: columns.map(({ path, title }) => ({ path, alias: title })),
      },
    })
    // What Grafana shows for an entry without the field.
    .mappings([{ type: MappingType.ValueToText, options: { 'Not Found': { text: '' } } }])
    .align(FieldTextAlignment.Left)
    .minWidth(80);
  for (const { title, width, link, kind, isTrace } of columns) {
    panel.overrideByName(
      title,
      properties({
        ...(width && { 'custom.width': width }),
        ...(link && { links: [pageLink(link).build()] }),
        ...(isTrace && { links: [traceLink().build()] }),
        // Lets people open text that does not fit.
        ...(kind === 'long' && { 'custom.inspect': true }),
        ...(kind === 'time' && { unit: 'dateTimeAsIso' }),
      }),
    );
  }
  return panel.showHeader(true).cellHeight(TableCellHeight.Sm);
}
