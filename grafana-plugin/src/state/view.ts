import type { Category } from '@auditrail/core';
import type { EntryQuery, Filter } from '@auditrail/core/query';
import { t } from '@grafana/i18n';
import type { DefaultRange } from '../settings.ts';
import { AS_TEXT } from '../format/as-text.ts';
import { isTimeZone, type TimeZone } from './time-zone.ts';
import { addFilter, parseFilters, printFilters } from './view-filters.ts';
import { boundMs, parseBound, type Bounds } from './view-range.ts';

/** The tabs. Each shows the entries of one category, or all. */
export const TABS = ['all', 'user', 'system', 'tasks'] as const;
export type Tab = (typeof TABS)[number];
const CATEGORY_OF: Record<Tab, Category | undefined> = {
  all: undefined,
  user: 'user',
  system: 'system',
  tasks: 'task',
};

/** What the page shows. All of it is in the address. */
export interface View extends Bounds {
  /** Text to find in the description, email, IP address, endpoint, operation, or ID. */
  search: string;
  tab: Tab;
  /** An entry must match all of them. In the form of {@link tidyFilters}. */
  filters: Filter[];
  /** The time zone in which times are shown, if the address states one. */
  tz?: TimeZone | undefined;
  /** Follows new entries. */
  live?: true | undefined;
}

/** The default ranges of an organization. */
const DEFAULT_RANGES = {
  today: { from: 'now/d', to: 'now' },
  '24h': { from: 'now-24h', to: 'now' },
} as const satisfies Record<DefaultRange, Bounds>;

const DEFAULT_RANGE = DEFAULT_RANGES.today;
let defaultRange: Bounds = DEFAULT_RANGE;

/** Sets the range of addresses that do not state one, from the app's settings. It applies to reading and building addresses. */
export function chooseDefaultRange(range: DefaultRange): void {
  defaultRange = DEFAULT_RANGES[range];
}

export const NO_FILTERS: Filter[] = [];
export const DEFAULT_VIEW: View = { ...DEFAULT_RANGE, search: '', tab: 'all', filters: NO_FILTERS };

/** Limits for values from an address. Longer values would only make a query that Loki refuses. */
export const VIEW_LIMITS = { searchChars: 500 } as const;

export interface ParsedView {
  view: View;
  /** Parts of the address that could not be used, as sentences. The rest of the view is valid. */
  problems: string[];
  /** Parts that are used, but are probably not intended. */
  doubts: string[];
}

// A link from a dashboard's chart states where the bar ends (`at`), but not how long it is: Grafana divides a range into
// about 80 bars.
const CHART_BARS = 80;

const boundsAround = (ms: number, bar: number): Bounds => ({
  from: new Date(ms - 2 * bar).toISOString(),
  to: new Date(ms + bar).toISOString(),
});

function parseBounds(params: URLSearchParams, problems: string[]): Bounds {
  const bound = (name: 'from' | 'to' | 'at') => {
    const text = params.get(name);
    if (text === null) return name === 'at' ? undefined : defaultRange[name];
    const parsed = parseBound(text);
    if (parsed === undefined) {
      problems.push(
        t('view.bad-time', '"{{name}}" is not a time: {{text}}', { name, text: text.slice(0, 60), ...AS_TEXT }),
      );
    }
    return parsed;
  };
  const [from, to] = [bound('from'), bound('to')];
  const isOrdered = from === undefined || to === undefined || boundMs(from, false) < boundMs(to, true);
  if (!isOrdered) problems.push(t('view.bad-range', 'The time range ends before it begins'));
  const at = bound('at');
  // With only one valid end, the range would be one that nobody asked for.
  if (from === undefined || to === undefined || !isOrdered) return defaultRange;
  if (at === undefined) return { from, to };
  return boundsAround(boundMs(at, false), (boundMs(to, true) - boundMs(from, false)) / CHART_BARS);
}

/** The view of an address. Never throws: parts that cannot be used are left out and reported. */
export function parseView(params: URLSearchParams): ParsedView {
  const problems: string[] = [];
  const { from, to } = parseBounds(params, problems);
  let search = params.get('q') ?? '';
  if (search.length > VIEW_LIMITS.searchChars) {
    problems.push(
      t('view.long-search', 'The search text is longer than {{max}} characters', { max: VIEW_LIMITS.searchChars }),
    );
    search = '';
  }
  const tab = params.get('tab') ?? 'all';
  if (!isTab(tab)) {
    problems.push(t('view.bad-tab', 'There is no tab "{{tab}}"', { tab: tab.slice(0, 60), ...AS_TEXT }));
  }
  const { filters, problems: ofFilters, doubts } = parseFilters(params);
  const tz = params.get('tz');
  if (tz !== null && !isTimeZone(tz)) {
    problems.push(t('view.bad-zone', 'The time zone must be "utc" or "browser"'));
  }
  const more = { ...(isTimeZone(tz) && { tz }), ...(params.get('live') === '1' && { live: true as const }) };
  return {
    view: { from, to, search, tab: isTab(tab) ? tab : 'all', filters, ...more },
    problems: [...problems, ...ofFilters],
    doubts,
  };
}

function isTab(word: string): word is Tab {
  return (TABS as readonly string[]).includes(word);
}

/** The parameters of a view's address, without those that equal the default. */
export function printView({ from, to, search, tab, filters, tz, live }: View): URLSearchParams {
  const params = new URLSearchParams();
  if (from !== defaultRange.from || to !== defaultRange.to) {
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

/** The view as the query of an address, in a readable form: `?ip!=10.0.0.0/8`, not `?ip%21=10.0.0.0%2F8`. */
export function viewSearch(view: View): string {
  const text = printView(view).toString();
  // RFC 3986 allows these characters unescaped in a query.
  return text && `?${text.replace(/%(21|7E|2F|3A|40|2C)/g, (escape) => decodeURIComponent(escape))}`;
}

/**
 * The filters of a view with one more, which replaces a filter of the same field and sign.
 *
 * @example show(withFilter(view, { field: 'sessionId', operator: 'is', values: ['s-1'] }))
 */
export function withFilter(view: Pick<View, 'filters'>, filter: Filter): Pick<View, 'filters'> {
  return { filters: addFilter(view.filters, filter) };
}

/** Whether the search or a filter narrows the view. */
export function isFiltered({ search, filters }: Pick<View, 'search' | 'filters'>): boolean {
  return search !== '' || filters.length > 0;
}

/** The query of a view. `without` leaves one filter out, to offer its other values. */
export function toQuery(
  { search, tab, filters }: Pick<View, 'search' | 'tab' | 'filters'>,
  without?: Filter,
): EntryQuery {
  const category = CATEGORY_OF[tab];
  const ofTab: Filter[] = category ? [{ field: 'category', operator: 'is', values: [category] }] : [];
  return { filters: [...ofTab, ...filters.filter((filter) => filter !== without)], ...(search && { search }) };
}
