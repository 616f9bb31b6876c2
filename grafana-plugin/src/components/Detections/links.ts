import {
  WHO_FIELD,
  WHO_LABEL,
  labelOf,
  type AlertLink,
  type Firing,
  type Key,
  type Rule,
} from '@auditrail/core/detections';
import { operatorOf, parameterField, signOf, type Filter } from '@auditrail/core/query';
import { viewPath } from '../../links/page.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const filtersOf = (filters: readonly Filter[]): Filter[] =>
  filters.map((filter) => ({ ...filter, operator: operatorOf(signOf(filter.operator), filter.values.length) }));

function conditionOf(key: Key, labels: Firing['labels']): Filter | undefined {
  const value = labels[key === 'actor' ? WHO_LABEL : labelOf(key)];
  const field = key === 'actor' ? parameterField(labels[WHO_FIELD] ?? '') : key;
  return value && field ? { field, operator: 'is', values: [value] } : undefined;
}

// A finding of the keeper names the account that it is about, and the field that has it.
function accountCondition(account: AlertLink['account'], labels: Firing['labels']): Filter | undefined {
  const field = account && parameterField(labels[labelOf('scope.account_field')] ?? '');
  const keys = account === 'scope' ? (['scope.account'] as const) : (['targetId', 'targetName'] as const);
  const value = keys.map((key) => labels[labelOf(key)]).find(Boolean);
  return field && value ? { field, operator: 'is', values: [value] } : undefined;
}

function keyConditions({ keys, firstOnly, account }: AlertLink, labels: Firing['labels']): Filter[] {
  const found = keys.flatMap((key) => conditionOf(key, labels) ?? []);
  return [...(firstOnly ? found.slice(0, 1) : found), accountCondition(account, labels) ?? []].flat();
}

function boundsOf({ at: atKey, minutesBefore = 1 }: AlertLink, { at, since, labels }: Firing): [number, number] {
  const happened = atKey && Date.parse(labels[labelOf(atKey)] ?? '');
  // The alert is about an earlier event.
  if (happened) return [happened - HOUR_MS, happened + HOUR_MS];
  return [since - minutesBefore * MINUTE_MS, at + MINUTE_MS];
}

/** The path of the audit page with the entries of a rule in the last 30 days. */
export const rulePath = ({ link }: Rule): string =>
  viewPath({ filters: filtersOf(link.filters), from: 'now-30d', to: 'now' });

/**
 * The path of the audit page with the entries of an alert, and a minute on both sides of its window.
 *
 * @param masked the address must not contain personal data
 */
export function firingPath({ link }: Pick<Rule, 'link'>, firing: Firing, masked: boolean): string {
  const [from, to] = boundsOf(link, firing).map((ms) => new Date(ms).toISOString());
  const keys = masked ? [] : keyConditions(link, firing.labels);
  return viewPath({ filters: filtersOf([...link.filters, ...keys]), ...(from && to && { from, to }) });
}

/** The page of MITRE about a technique. */
export const techniqueUrl = (technique: string): string =>
  `https://attack.mitre.org/techniques/${technique.replace('.', '/')}/`;
