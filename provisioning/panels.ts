import { dashboardLink, type AuditPageParams } from './page-link.ts';

/** The panels' numbers: alert rules and links (`viewPanel=`) name a panel by them, so they stay. */
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

/** A panel in the form of Grafana's dashboard JSON. */
export type Panel = Record<string, unknown> & { id: number; title: string; targets: Target[] };

interface Target {
  refId: string;
  expr: string;
  queryType: 'instant' | 'range';
  [option: string]: unknown;
}

/** Where a panel stands: Grafana's grid is 24 wide, a unit of height is 30 px. */
interface Place {
  x: number;
  y: number;
  w: number;
  h: number;
}

interface Frame {
  id: number;
  title: string;
  description: string;
  place: Place;
}

const instant = (expr: string): Target => ({ refId: 'A', expr, queryType: 'instant', editorMode: 'code' });
const range = (expr: string, more: Record<string, unknown> = {}): Target => {
  return { refId: 'A', expr, queryType: 'range', editorMode: 'code', ...more };
};
const frame = ({ id, title, description, place }: Frame) => ({ id, title, description, gridPos: place });
const fixedColor = (color: string) => ({ color: { mode: 'fixed', fixedColor: color } });
const override = (name: string, properties: Record<string, unknown>) => ({
  matcher: { id: 'byName', options: name },
  properties: Object.entries(properties).map(([id, value]) => ({ id, value })),
});

// Theme colours, readable in light and dark; the words stand beside them, so colour never carries the meaning alone.
const SUCCESS = 'green';
const FAILURE = 'red';
const OUTCOMES = [
  override('success', { color: { mode: 'fixed', fixedColor: SUCCESS } }),
  override('failure', { color: { mode: 'fixed', fixedColor: FAILURE } }),
];

// An instant query arrives as one table: Time, a column for each label, and this.
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
        // Counting nothing is no series.
        noValue: '0',
        links: [dashboardLink(link)],
      },
      overrides: [],
    },
    options: { colorMode: 'value', graphMode: 'none', textMode: 'value', reduceOptions: { calcs: ['lastNotNull'] } },
  };
}

/** Bars over time, a colour for each outcome. */
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
        // A bar ends at its time.
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

/** Stacked horizontal bars: a bar for each value of `rows`, parted by outcome. */
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

/** The largest counts, one row for each value of the label `by`; `hidden` labels are there for the link only. */
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

/** A field of the entry's line, by its JSON path. */
interface Column {
  path: string;
  title: string;
  /** Pixels. */
  width?: number;
  kind?: 'time' | 'long';
  link?: AuditPageParams;
}

/** Columns of the entries themselves: read from the line, which is the entry. */
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
          // What does not fit can be opened.
          ...(kind === 'long' && { 'custom.inspect': true }),
          ...(kind === 'time' && { unit: 'dateTimeAsIso' }),
        }),
      ),
    },
    options: { showHeader: true, cellHeight: 'sm' },
  };
}
