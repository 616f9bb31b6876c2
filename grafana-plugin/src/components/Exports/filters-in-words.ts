import type { Filter } from '@auditrail/core';
import { t } from '@grafana/i18n';

/** What an export is narrowed to, for people. */
export function filtersInWords({ filters = [], search }: { filters?: readonly Filter[]; search?: string }): string {
  const words = filters.map(({ field, operator, values }) => `${field} ${operator} ${values.join(', ')}`);
  if (search) words.push(`“${search}”`);
  return words.length > 0 ? words.join('; ') : t('exports.no-filters', 'All entries');
}
