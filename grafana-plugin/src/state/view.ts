import { dateMath, dateTime, type TimeRange as GrafanaTimeRange } from '@grafana/data';
import { LIMITS, msToNs, type EntryQuery, type Filter, type FilterField, type TimeRange } from '@auditrail/core';
import { t } from '@grafana/i18n';

/** The filters of the page: the name in the URL, and the field it filters by. */
export const FILTER_FIELD_OF = {
  action: 'action',
  user: 'email',
  outcome: 'outcome',
  channel: 'channel',
  ip: 'ip',
} as const satisfies Record<string, FilterField>;

export type FilterName = keyof typeof FILTER_FIELD_OF;
export const FILTER_NAMES = Object.keys(FILTER_FIELD_OF) as FilterName[];

/** What the page shows; all of it stands in the URL. */
export interface View {
  /** Grafana's time words (`now-1h`, `now/d`) or RFC 3339 in UTC with milliseconds. */
  from: string;
  to: string;
  /** Text that the description holds. */
  search: string;
  /** Any of the values; an empty list does not filter. */
  filters: Record<FilterName, string[]>;
}

export const DEFAULT_RANGE = { from: 'now/d', to: 'now' } as const;
export const NO_FILTERS: View['filters'] = { action: [], user: [], outcome: [], channel: [], ip: [] };
export const DEFAULT_VIEW: View = { ...DEFAULT_RANGE, search: '', filters: NO_FILTERS };

/** Bounds of what is taken from a URL: more would only make a query that Loki refuses. */
export const VIEW_LIMITS = { searchChars: 500, values: 50, valueBytes: LIMITS.attributeBytes } as const;

const RELATIVE = /^now([+-]\d{1,6}[smhdwMQy]){0,8}(\/[smhdwMQy])?$/;
const EPOCH_MS = /^\d{10,14}$/;
const ABSOLUTE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?Z$/;

// One spelling for each time, so that equal views have equal URLs.
function parseBound(text: string): string | undefined {
  if (RELATIVE.test(text)) return text;
  const ms = EPOCH_MS.test(text) ? Number(text) : ABSOLUTE.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}

function boundMs(text: string, roundUp: boolean): number {
  if (!RELATIVE.test(text)) return Date.parse(text);
  return dateMath.toDateTime(text, { roundUp, timezone: 'utc' })?.valueOf() ?? Number.NaN;
}

export interface ParsedView {
  view: View;
  /** What of the URL could not be used, in words for people; the rest of the view holds. */
  problems: string[];
}

/** The view of a URL. Never throws: what cannot be used is left out and told. */
export function parseView(params: URLSearchParams): ParsedView {
  const problems: string[] = [];
  const bound = (name: 'from' | 'to') => {
    const text = params.get(name);
    if (text === null) return DEFAULT_RANGE[name];
    const parsed = parseBound(text);
    if (parsed === undefined) {
      problems.push(t('view.bad-time', '"{{name}}" is not a time: {{text}}', { name, text: text.slice(0, 60) }));
    }
    return parsed;
  };
  let from = bound('from');
  let to = bound('to');
  if (from !== undefined && to !== undefined && !(boundMs(from, false) < boundMs(to, true))) {
    problems.push(t('view.bad-range', 'the time range ends before it begins'));
    from = undefined;
  }
  // Half a range would be another range than anyone asked for.
  if (from === undefined || to === undefined) ({ from, to } = DEFAULT_RANGE);

  let search = params.get('q') ?? '';
  if (search.length > VIEW_LIMITS.searchChars) {
    problems.push(
      t('view.long-search', 'the search text is longer than {{max}} characters', { max: VIEW_LIMITS.searchChars }),
    );
    search = '';
  }
  const filters = { ...NO_FILTERS };
  for (const name of FILTER_NAMES) {
    const { values, problem } = parseValues(name, params.getAll(name));
    filters[name] = values;
    if (problem) problems.push(problem);
  }
  return { view: { from, to, search, filters }, problems };
}

function parseValues(name: FilterName, given: string[]): { values: string[]; problem?: string } {
  const values = [...new Set(given.filter((value) => value !== ''))];
  const good = name === 'outcome' ? values.filter((value) => value === 'success' || value === 'failure') : values;
  if (good.length < values.length) {
    return { values: good, problem: t('view.bad-outcome', 'an outcome is "success" or "failure"') };
  }
  if (good.length > VIEW_LIMITS.values) {
    const problem = t('view.many-values', 'more than {{max}} values of "{{name}}"', { max: VIEW_LIMITS.values, name });
    return { values: good.slice(0, VIEW_LIMITS.values), problem };
  }
  return { values: good };
}

/** The URL parameters of a view; what is as by default is left out. */
export function printView({ from, to, search, filters }: View): URLSearchParams {
  const params = new URLSearchParams();
  if (from !== DEFAULT_RANGE.from || to !== DEFAULT_RANGE.to) {
    params.set('from', from);
    params.set('to', to);
  }
  if (search) params.set('q', search);
  for (const name of FILTER_NAMES) for (const value of filters[name]) params.append(name, value);
  return params;
}

/** Whether anything but the time range narrows the view. */
export function isFiltered({ search, filters }: View): boolean {
  return search !== '' || FILTER_NAMES.some((name) => filters[name].length > 0);
}

/** The query of a view; `without` leaves one filter out, to offer that filter's other values. */
export function toQuery({ search, filters }: View, without?: FilterName): EntryQuery {
  const conditions = FILTER_NAMES.filter((name) => name !== without && filters[name].length > 0).map(
    (name): Filter => ({ field: FILTER_FIELD_OF[name], operator: 'is any of', values: filters[name] }),
  );
  return { filters: conditions, ...(search && { search }) };
}

/**
 * Clocks differ: an entry of this very moment may bear a time that this browser has not reached yet. Loki takes entries up
 * to half an hour ahead (`creation_grace_period`), so rows of a range that ends now are read that far.
 */
export const CLOCK_GRACE_MS = 1_800_000;

/** The span of a view, as of now: both ends belong to it, to the millisecond. */
export function toTimeRange({ from, to }: Pick<View, 'from' | 'to'>): TimeRange {
  return { start: msToNs(boundMs(from, false)), end: msToNs(boundMs(to, true) + 1) };
}

/** The span that entries of a view are read from. */
export function toReadRange(view: Pick<View, 'from' | 'to'>): TimeRange {
  const { start, end } = toTimeRange(view);
  return { start, end: view.to === 'now' ? end + msToNs(CLOCK_GRACE_MS) : end };
}

/** The span of a view as Grafana's time picker wants it. */
export function toPickerRange({ from, to }: Pick<View, 'from' | 'to'>): GrafanaTimeRange {
  const raw = (text: string) => (RELATIVE.test(text) ? text : dateTime(text).utc());
  return {
    from: dateTime(boundMs(from, false)).utc(),
    to: dateTime(boundMs(to, true)).utc(),
    raw: { from: raw(from), to: raw(to) },
  };
}

/** What the time picker chose, as a view has it; times that the page cannot use become the picker's own absolute ones. */
export function fromPickerRange({ from, to, raw }: GrafanaTimeRange): Pick<View, 'from' | 'to'> {
  const bound = (text: unknown, ms: number) =>
    (typeof text === 'string' ? parseBound(text) : undefined) ?? new Date(ms).toISOString();
  return { from: bound(raw.from, from.valueOf()), to: bound(raw.to, to.valueOf()) };
}
