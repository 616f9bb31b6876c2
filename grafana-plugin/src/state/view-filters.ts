import { LIMITS, utf8Bytes } from '@auditrail/core';
import {
  addCondition,
  filterProblem,
  ipValueKind,
  isSameCondition,
  operatorOf,
  parameterField,
  parameterName,
  signOf,
  type Filter,
  type FilterField,
} from '@auditrail/core/query';
import { t } from '@grafana/i18n';
import { AS_TEXT } from '../format/as-text.ts';

/** Limits for filters from an address. More would only make a query that Loki refuses. */
export const FILTER_LIMITS = { filters: 30, values: 50, valueBytes: LIMITS.attributeBytes, totalBytes: 8_000 } as const;

/** Fields that require a filter for another field: the name of a target requires its type. */
export const NEEDED_FIELD: Partial<Record<FilterField, FilterField>> = {
  targetId: 'targetType',
  targetName: 'targetType',
};

const hasNeeded = (filters: readonly Filter[], { field }: Filter) =>
  NEEDED_FIELD[field] === undefined || filters.some((other) => other.field === NEEDED_FIELD[field]);

/** Normalizes filters: one for each field and sign, `is` for a single value, none without its required filter. */
export function tidyFilters(filters: readonly Filter[]): Filter[] {
  const joined = filters
    .flatMap((filter) =>
      filter.operator === 'contains' ? filter.values.map((one) => ({ ...filter, values: [one] })) : filter,
    )
    .filter(({ values }) => values.length > 0)
    .map((filter) => ({ ...filter, operator: operatorOf(signOf(filter.operator), filter.values.length) }))
    .reduce<Filter[]>(addCondition, []);
  return joined.filter((filter) => hasNeeded(joined, filter));
}

/**
 * Adds a filter, which replaces one with the same field and sign. Without values, it only removes that filter.
 *
 * @example withFilter(view.filters, { field: 'email', operator: 'is', values: ['ada@example.com'] })
 */
export function addFilter(filters: readonly Filter[], added: Filter): Filter[] {
  const at = filters.findIndex((filter) => isSameCondition(filter, added));
  return tidyFilters(at < 0 ? [...filters, added] : filters.map((filter, i) => (i === at ? added : filter)));
}

// The other parameters of a view, and those that Grafana, links of dashboards, and mail programs add to addresses.
const OTHER_PARAMETERS = new Set([
  ...['from', 'to', 'at', 'q', 'tab', 'tz', 'live', 'entry'],
  ...['orgId', 'targetOrgId', 'kiosk', 'theme', 'timezone', 'refresh', 'fullscreen', 'autofitpanels', 'inactive'],
  ...[
    'viewPanel',
    'editPanel',
    'panelId',
    'inspect',
    'returnTo',
    'forceLogin',
    'auth_token',
    'lang',
    'disableAnimation',
  ],
]);
// Grafana adds uel_… to the links of its panels and of Explore.
const OTHER_PREFIX = /^(?:utm_|uel_|(?:__)?feature\.|_$)/;

const isOther = (name: string) => OTHER_PARAMETERS.has(name) || OTHER_PREFIX.test(name);

/** Links of dashboards pass the values of variables as `var-channel=auth`, or one of these for all values. */
const VARIABLE = 'var-';
const ALL = ['$__all', 'All'];

// Filters of the link itself take precedence over the dashboard's variables.
function withVariables(params: URLSearchParams): Array<[key: string, value: string]> {
  const own = [...params].filter(([key]) => !key.startsWith(VARIABLE));
  const named = new Set(own.map(([key]) => parameterField(key.replace(/[!~]$/, ''))));
  const chosen = [...params].flatMap(([key, value]): Array<[string, string]> => {
    const name = key.startsWith(VARIABLE) ? key.slice(VARIABLE.length) : '';
    const field = parameterField(name);
    return field === undefined || named.has(field) || ALL.includes(value) ? [] : [[name, value]];
  });
  return [...own, ...chosen];
}

export interface ParsedFilters {
  filters: Filter[];
  /** Parts that could not be used, as sentences. */
  problems: string[];
  /** Parts that are used, but are probably not intended. */
  doubts: string[];
}

/** The filters of an address. */
export function parseFilters(params: URLSearchParams): ParsedFilters {
  const problems = new Set<string>();
  const doubts = new Set<string>();
  let filters: Filter[] = [];
  let bytes = 0;
  for (const [key, value] of withVariables(params)) {
    const sign = key.endsWith('!') ? '!' : key.endsWith('~') ? '~' : '';
    const name = sign ? key.slice(0, -1) : key;
    const field = parameterField(name);
    // Links from templates can have empty values. They are ignored.
    if (field === undefined) {
      if (!isOther(key)) {
        problems.add(t('view.bad-field', 'There is no filter "{{name}}"', { name: name.slice(0, 60), ...AS_TEXT }));
      }
      continue;
    }
    if (value === '') continue;
    const added: Filter = { field, operator: operatorOf(sign, 1), values: [value] };
    const problem = problemOf(added, value);
    const joined = addCondition(filters, added);
    const many = joined.length > FILTER_LIMITS.filters || (bytes += utf8Bytes(value)) > FILTER_LIMITS.totalBytes;
    const { length } = joined.find((filter) => isSameCondition(filter, added))?.values ?? [];
    if (problem) problems.add(problem);
    else if (many) problems.add(t('view.many-filters', 'There are too many filters for one query'));
    else if (length > FILTER_LIMITS.values) {
      problems.add(
        t('view.many-values', 'More than {{max}} values of "{{name}}"', { max: FILTER_LIMITS.values, name }),
      );
    } else {
      filters = joined;
      const doubt = doubtOf(added, value);
      if (doubt) doubts.add(doubt);
    }
  }
  const tidy = tidyFilters(filters);
  for (const { field } of filters) {
    if (!tidy.some((filter) => filter.field === field)) {
      const needed = NEEDED_FIELD[field] ?? '';
      problems.add(t('view.needs-field', '"{{field}}" requires a filter "{{needed}}"', { field, needed }));
    }
  }
  return { filters: tidy, problems: [...problems], doubts: [...doubts] };
}

const DOTTED = /^\d{1,3}(?:\.\d{1,3}){3}$/;
const isIpv4 = (text: string) => DOTTED.test(text) && text.split('.').every((part) => Number(part) <= 255);

/** Whether a text is a complete IP address or network. */
export const isAddress = (text: string): boolean => isIpv4(text) || ipValueKind(text) !== 'text';

/** Why a filter is probably not intended. It is still used, because an entry can contain an invalid address. */
export function doubtOf({ field, operator }: Pick<Filter, 'field' | 'operator'>, value: string): string | undefined {
  if (field !== 'ip' || operator === 'contains' || !DOTTED.test(value) || isIpv4(value)) return undefined;
  return t('view.bad-address', '"{{shown}}" is not an IP address', { shown: value, ...AS_TEXT });
}

/** Why a value cannot be filtered by, as text for users. */
export function problemOf({ field, operator }: Pick<Filter, 'field' | 'operator'>, value: string): string | undefined {
  const shown = value.slice(0, 60);
  if (utf8Bytes(value) > FILTER_LIMITS.valueBytes) {
    return t('view.long-value', 'A value of "{{field}}" is longer than {{max}} bytes', {
      field: parameterName(field),
      max: FILTER_LIMITS.valueBytes,
    });
  }
  switch (filterProblem({ field, operator, values: [value] })?.part) {
    case undefined:
    case 'count':
      return undefined;
    case 'field':
      return t('view.bad-field', 'There is no filter "{{name}}"', { name: String(field), ...AS_TEXT });
    case 'operator':
      return t('view.bad-operator', '"{{field}}" cannot be filtered by "{{operator}}"', {
        field: parameterName(field),
        operator,
      });
    case 'value':
      return field === 'ip'
        ? t('view.bad-network', '"{{shown}}" is not a network such as 10.0.0.0/8 or 2001:db8::/32', {
            shown,
            ...AS_TEXT,
          })
        : t('view.bad-value', '"{{shown}}" is not a value of "{{field}}"', {
            shown,
            field: parameterName(field),
            ...AS_TEXT,
          });
  }
}

/** Adds filters to the parameters of an address. */
export function printFilters(filters: readonly Filter[], params: URLSearchParams): void {
  for (const { field, operator, values } of filters) {
    for (const value of values) params.append(parameterName(field) + signOf(operator), value);
  }
}
