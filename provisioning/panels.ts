import { dashboardLink, type AuditPageParams } from './page-link.ts';

/** The ids of the panels. They must not change, because alert rules and links (`viewPanel=`) contain them. */
export const PANEL_IDS = {
  entries: 1,
  actors: 2,
  failures: 3,
  failedSignIns: 4,
  volume: 5,
  outcomes: 6,
  topActors: 7,
  topActions: 8,
  failedSignInsByUser: 9,
  failedSignInsByAddress: 10,
  latestFailures: 11,
} as const;

/** A panel in Grafana's dashboard JSON. */
export type Panel = Record<string, unknown> & { id: number; title: string; targets: Target[] };

interface Target {
  refId: string;
  expr: string;
  queryType: 'instant' | 'range';
  [option: string]: unknown;
}

/** A panel's position in Grafana's grid, which has 24 columns; a unit of height is 30 px. */
interface Position {
  x: number;
  y: number;
  w: number;
  h: number;
}

interface Frame {
  id: number;
  title: string;
  description: string;
  position: Position;
}

const instant = (expr: string): Target => ({ refId: 'A', expr, queryType: 'instant', editorMode: 'code' });
const range = (expr: string, more: Record<string, unknown> = {}): Target => {
  return { refId: 'A', expr, queryType: 'range', editorMode: 'code', ...more };
};
const frame = ({ id, title, description, position }: Frame) => ({ id, title, description, gridPos: position });
const fixedColor = (color: string) => ({ color: { mode: 'fixed', fixedColor: color } });
const override = (name: string, properties: Record<string, unknown>) => ({
  matcher: { id: 'byName', options: name },
  properties: Object.entries(properties).map(([id, value]) => ({ id, value })),
});

// Theme colors, readable in light and dark. The outcome is also in the text, so that color is not the only indicator.
const SUCCESS = 'green';
const FAILURE = 'red';
const OUTCOMES = [
  override('success', { color: { mode: 'fixed', fixedColor: SUCCESS } }),
  override('failure', { color: { mode: 'fixed', fixedColor: FAILURE } }),
];

// The value column of an instant query's table, which also has Time and a column per label.
const VALUE = 'Value #A';

/** One number over the whole range. */
export function statPanel(about: Frame, expr: string, link: AuditPageParams): Panel {
  return {
    ...frame(about),
    type: 'stat',
    targets: [instant(expr)],
    fieldConfig: {
      defaults: {
        ...fixedColor('text'),
        decimals: 0,
        unit: 'locale',
        // A count of zero is an empty result.
        noValue: '0',
        links: [dashboardLink(link)],
      },
      overrides: [],
    },
    options: { colorMode: 'value', graphMode: 'none', textMode: 'value', reduceOptions: { calcs: ['lastNotNull'] } },
  };
}

/** Bars over time, with a color per outcome. */
export function volumePanel(about: Frame, expr: string, legend: string): Panel {
  return {
    ...frame(about),
    type: 'timeseries',
    maxDataPoints: 80,
    targets: [range(expr, { legendFormat: `{{${legend}}}` })],
    fieldConfig: {
      defaults: {
        custom: {
          drawStyle: 'bars',
          fillOpacity: 80,
          lineWidth: 0,
          barAlignment: -1,
          barWidthFactor: 0.8,
          stacking: { mode: 'normal' },
        },
        decimals: 0,
        min: 0,
        // The time of a bar is its end.
        links: [dashboardLink({ at: '${__value.time}' })],
      },
      overrides: OUTCOMES,
    },
    options: {
      legend: { displayMode: 'list', placement: 'bottom', showLegend: true },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
  };
}

/** Horizontal bars, one per value of `rows`, stacked by outcome. */
export function outcomePanel(
  about: Frame,
  expr: string,
  { rows, outcome, link }: { rows: string; outcome: string; link: AuditPageParams },
): Panel {
  return {
    ...frame(about),
    type: 'barchart',
    targets: [instant(expr)],
    transformations: [
      {
        id: 'groupingToMatrix',
        options: { columnField: outcome, rowField: rows, valueField: VALUE, emptyValue: 'zero' },
      },
      { id: 'organize', options: { renameByName: { [`${rows}\\${outcome}`]: 'Channel' } } },
    ],
    fieldConfig: {
      defaults: { custom: { fillOpacity: 80, lineWidth: 0 }, decimals: 0, min: 0, links: [dashboardLink(link)] },
      overrides: OUTCOMES,
    },
    options: {
      orientation: 'horizontal',
      stacking: 'normal',
      showValue: 'never',
      barWidth: 0.7,
      xField: 'Channel',
      legend: { displayMode: 'list', placement: 'bottom', showLegend: true },
      tooltip: { mode: 'multi', sort: 'none' },
    },
  };
}

/** The largest counts, one row per value of the label `by`. `hidden` labels are only used in the link. */
export function topPanel(
  about: Frame & { column: string; by: string; hidden?: string[]; color: string },
  expr: string,
  link: AuditPageParams,
): Panel {
  const { by, column, hidden = [], color } = about;
  return {
    ...frame(about),
    type: 'table',
    targets: [instant(expr)],
    transformations: [
      {
        id: 'organize',
        options: {
          excludeByName: { Time: true },
          indexByName: { [by]: 0, [VALUE]: 1 },
          renameByName: { [by]: column, [VALUE]: 'Entries' },
        },
      },
      { id: 'sortBy', options: { sort: [{ field: 'Entries', desc: true }] } },
    ],
    fieldConfig: {
      defaults: { custom: { align: 'left' } },
      overrides: [
        override(column, { links: [dashboardLink(link)] }),
        override('Entries', {
          ...fixedColor(color),
          'custom.width': 100,
          'custom.cellOptions': { type: 'gauge', mode: 'basic', valueDisplayMode: 'text' },
          min: 0,
        }),
        ...hidden.map((name) => override(name, { 'custom.hidden': true })),
      ],
    },
    options: { showHeader: true, cellHeight: 'sm' },
  };
}

/** A field of the entry, by its JSON path. */
interface Column {
  path: string;
  title: string;
  /** Pixels. */
  width?: number;
  kind?: 'time' | 'long';
  link?: AuditPageParams;
}

/** A table of entries, with columns of the entry's JSON. */
export function entriesPanel(about: Frame, expr: string, columns: Column[]): Panel {
  return {
    ...frame(about),
    type: 'table',
    targets: [range(expr, { maxLines: 50, direction: 'backward' })],
    transformations: [
      {
        id: 'extractFields',
        options: {
          source: 'Line',
          format: 'json',
          replace: true,
          keepTime: false,
          jsonPaths: columns.map(({ path, title }) => ({ path, alias: title })),
        },
      },
    ],
    fieldConfig: {
      defaults: { custom: { align: 'left', minWidth: 80 } },
      overrides: columns.map(({ title, width, link, kind }) =>
        override(title, {
          ...(width && { 'custom.width': width }),
          ...(link && { links: [dashboardLink(link)] }),
          // Lets people open text that does not fit.
          ...(kind === 'long' && { 'custom.inspect': true }),
          ...(kind === 'time' && { unit: 'dateTimeAsIso' }),
        }),
      ),
    },
    options: { showHeader: true, cellHeight: 'sm' },
  };
}
