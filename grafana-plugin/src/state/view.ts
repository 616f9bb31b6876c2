import { dateMath, dateTime, type TimeRange as GrafanaTimeRange } from '@grafana/data';
import { LIMITS, msToNs, type Category } from '@auditrail/core';
import { type EntryQuery, type Filter, type TimeRange } from '@auditrail/core/query';
import { t } from '@grafana/i18n';
import type { DefaultRange } from '../settings.ts';
import { AS_TEXT } from '../format/as-text.ts';
import { isTimeZone, type TimeZone } from './time-zone.ts';
import { addFilter, parseFilters, printFilters } from './view-filters.ts';

/** The tabs: whose entries are shown, by the category that each has. */
export const TABS = ['all', 'user', 'system', 'tasks'] as const;
export type Tab = (typeof TABS)[number];
const CATEGORY_OF: Record<Tab, Category | undefined> = {
  all: undefined,
  user: 'user',
  system: 'system',
  tasks: 'task',
};

/** What the page shows; all of it stands in the URL. */
export interface View {
  /** Grafana's time words (`now-1h`, `now/d`) or RFC 3339 in UTC with milliseconds. */
  from: string;
  to: string;
  /** Text that the description, e-mail, IP, endpoint, operation or id holds. */
  search: string;
  tab: Tab;
  /** All of them hold; as {@link tidyFilters} gives them. */
  filters: Filter[];
  /** In what times are shown, where the view says so. */
  tz?: TimeZone | undefined;
  /** Follows new entries. */
  live?: true | undefined;
}

export type Bounds = Pick<View, 'from' | 'to'>;

/** The ranges that a view without one can have; the organisation chooses. */
const DEFAULT_RANGES = {
  today: { from: 'now/d', to: 'now' },
  '24h': { from: 'now-24h', to: 'now' },
} as const satisfies Record<DefaultRange, Bounds>;

const DEFAULT_RANGE = DEFAULT_RANGES.today;
let rangeOfOrganisation: Bounds = DEFAULT_RANGE;

/** Says which range views have that name none, from the app's settings: for all that reads and builds addresses. */
export function chooseDefaultRange(range: DefaultRange): void {
  rangeOfOrganisation = DEFAULT_RANGES[range];
}

export const NO_FILTERS: Filter[] = [];
export const DEFAULT_VIEW: View = { ...DEFAULT_RANGE, search: '', tab: 'all', filters: NO_FILTERS };

/** Bounds of what is taken from a URL: more would only make a query that Loki refuses. */
export const VIEW_LIMITS = { searchChars: 500 } as const;

const RELATIVE = /^now([+-]\d{1,6}[smhdwMQy]){0,8}(\/[smhdwMQy])?$/;
const EPOCH_MS = /^\d{10,14}$/;
const ABSOLUTE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?Z$/;

// One spelling for each time, so that equal views have equal URLs.
function parseBound(text: string): string | undefined {
  if (RELATIVE.test(text)) return text;
  const ms = EPOCH_MS.test(text) ? Number(text) : ABSOLUTE.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}

// "Today" begins at midnight of the zone that is shown.
function boundMs(text: string, roundUp: boolean, zone: TimeZone = 'utc'): number {
  if (!RELATIVE.test(text)) return Date.parse(text);
  return dateMath.toDateTime(text, { roundUp, timezone: zone })?.valueOf() ?? Number.NaN;
}

export interface ParsedView {
  view: View;
  /** What of the URL could not be used, in words for people; the rest of the view holds. */
  problems: string[];
  /** What holds, but is hardly meant. */
  doubts: string[];
}

// Links of a dashboard's chart say where its bar ends (`at`), but cannot say how long it is: Grafana makes about 80 of a range.
const CHART_BARS = 80;

const boundsAround = (ms: number, bar: number): Bounds => ({
  from: new Date(ms - 2 * bar).toISOString(),
  to: new Date(ms + bar).toISOString(),
});

/** The view of a URL. Never throws: what cannot be used is left out and told. */
export function parseView(params: URLSearchParams): ParsedView {
  const problems: string[] = [];
  const bound = (name: 'from' | 'to' | 'at') => {
    const text = params.get(name);
    if (text === null) return name === 'at' ? undefined : rangeOfOrganisation[name];
    const parsed = parseBound(text);
    if (parsed === undefined) {
      problems.push(
        t('view.bad-time', '"{{name}}" is not a time: {{text}}', { name, text: text.slice(0, 60), ...AS_TEXT }),
      );
    }
    return parsed;
  };
  let from = bound('from');
  let to = bound('to');
  if (from !== undefined && to !== undefined && !(boundMs(from, false) < boundMs(to, true))) {
    problems.push(t('view.bad-range', 'the time range ends before it begins'));
    from = undefined;
  }
  const at = params.get('at') === null ? undefined : bound('at');
  if (at !== undefined && from !== undefined && to !== undefined) {
    const bar = (boundMs(to, true) - boundMs(from, false)) / CHART_BARS;
    ({ from, to } = boundsAround(boundMs(at, false), bar));
  }
  // Half a range would be another range than anyone asked for.
  if (from === undefined || to === undefined) ({ from, to } = rangeOfOrganisation);

  let search = params.get('q') ?? '';
  if (search.length > VIEW_LIMITS.searchChars) {
    problems.push(
      t('view.long-search', 'the search text is longer than {{max}} characters', { max: VIEW_LIMITS.searchChars }),
    );
    search = '';
  }
  const tab = params.get('tab') ?? 'all';
  if (!isTab(tab)) {
    problems.push(t('view.bad-tab', 'there is no tab "{{tab}}"', { tab: tab.slice(0, 60), ...AS_TEXT }));
  }
  const { filters, problems: ofFilters, doubts } = parseFilters(params);
  const tz = params.get('tz');
  if (tz !== null && !isTimeZone(tz)) {
    problems.push(t('view.bad-zone', 'the time zone must be "utc" or "browser"'));
  }
  const more = { ...(isTimeZone(tz) && { tz }), ...(params.get('live') === '1' && { live: true as const }) };
  return {
    view: { from, to, search, tab: isTab(tab) ? tab : 'all', filters, ...more },
    problems: [...problems, ...ofFilters],
    doubts,
  };
}

/** Whether a word names a tab. */
function isTab(word: string): word is Tab {
  return (TABS as readonly string[]).includes(word);
}

/** The URL parameters of a view; what is as by default is left out. */
export function printView({ from, to, search, tab, filters, tz, live }: View): URLSearchParams {
  const params = new URLSearchParams();
  if (from !== rangeOfOrganisation.from || to !== rangeOfOrganisation.to) {
    params.set('from', from);
    params.set('to', to);
  }
  if (tab !== 'all') params.set('tab', tab);
  if (search) params.set('q', search);
  printFilters(filters, params);
  if (tz) params.set('tz', tz);
  if (live) params.set('live', '1');
  return params;
}

/** The view as the search part of a URL that people can read: `?ip!=10.0.0.0/8`, not `?ip%21=10.0.0.0%2F8`. */
export function viewSearch(view: View): string {
  const text = printView(view).toString();
  // RFC 3986 allows these in a query as they are.
  return text && `?${text.replace(/%(21|7E|2F|3A|40|2C)/g, (escape) => decodeURIComponent(escape))}`;
}

/**
 * The view narrowed by one more condition, which takes the place of one with the same field and sign.
 *
 * @example show(withFilter(view, { field: 'sessionId', operator: 'is', values: ['s-1'] }))
 */
export function withFilter(view: Pick<View, 'filters'>, filter: Filter): Pick<View, 'filters'> {
  return { filters: addFilter(view.filters, filter) };
}

/** Whether search or filters narrow the view. */
export function isFiltered({ search, filters }: Pick<View, 'search' | 'filters'>): boolean {
  return search !== '' || filters.length > 0;
}

/** The query of a view; `without` leaves one filter out, to offer that filter's other values. */
export function toQuery({ search, tab, filters }: View, without?: Filter): EntryQuery {
  const category = CATEGORY_OF[tab];
  const ofTab: Filter[] = category ? [{ field: 'category', operator: 'is', values: [category] }] : [];
  return { filters: [...ofTab, ...filters.filter((filter) => filter !== without)], ...(search && { search }) };
}

/**
 * Clocks differ: an entry of this very moment may have a time that this browser has not reached yet. The collector keeps
 * times up to this far ahead, so a range that ends now is read, counted and exported that far.
 */
export const CLOCK_GRACE_MS = LIMITS.aheadMs;

/** The span of a view, as of now: both ends belong to it, to the millisecond. */
export function toTimeRange({ from, to }: Bounds, zone?: TimeZone): TimeRange {
  return { start: msToNs(boundMs(from, false, zone)), end: msToNs(boundMs(to, true, zone) + 1) };
}

/** The span that entries of a view are read from: that of {@link toTimeRange}, and past now where its end is relative. */
export function toReadRange(view: Bounds, zone?: TimeZone): TimeRange {
  const now = Date.now();
  const { start, end } = toTimeRange(view, zone);
  if (!RELATIVE.test(view.to) || end <= msToNs(now)) return { start, end };
  // Also "until the end of today", shortly before midnight.
  const ahead = msToNs(now + 1 + CLOCK_GRACE_MS);
  return { start, end: end > ahead ? end : ahead };
}

/** The span of a view as Grafana's time picker wants it. */
export function toPickerRange({ from, to }: Bounds, zone: TimeZone = 'utc'): GrafanaTimeRange {
  const moment = (ms: number) => (zone === 'utc' ? dateTime(ms).utc() : dateTime(ms));
  const raw = (text: string) => (RELATIVE.test(text) ? text : moment(Date.parse(text)));
  return {
    from: moment(boundMs(from, false, zone)),
    to: moment(boundMs(to, true, zone)),
    raw: { from: raw(from), to: raw(to) },
  };
}

/** What the time picker chose, as a view has it; times that the page cannot use become the picker's own absolute ones. */
export function fromPickerRange({ from, to, raw }: GrafanaTimeRange): Bounds {
  const bound = (text: unknown, ms: number) =>
    (typeof text === 'string' ? parseBound(text) : undefined) ?? new Date(ms).toISOString();
  return { from: bound(raw.from, from.valueOf()), to: bound(raw.to, to.valueOf()) };
}
