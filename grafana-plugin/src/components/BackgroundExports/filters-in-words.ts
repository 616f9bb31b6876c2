import type { Filter } from '@auditrail/core/query';
import { t } from '@grafana/i18n';
import { AS_TEXT } from '../../format/as-text.ts';
import { fieldLabel, operatorLabel, personalKind } from '../Filters/field-labels.ts';
import type { PersonalData } from '../PersonalData/PersonalData.tsx';

interface Narrowed {
  filters?: readonly Filter[];
  search?: string;
}

/**
 * The conditions of an export as text, with the labels of the filter chips and masked like them. Without conditions, a text
 * for all entries.
 */
export function filtersInWords({ filters = [], search }: Narrowed, mask: PersonalData['mask']): string[] {
  const words = filters.map(({ field, operator, values }) => {
    const shown = values.map((one) => mask(personalKind(field), one)).join(', ');
    return `${fieldLabel(field)} ${operatorLabel(operator)} ${shown}`;
  });
  if (search) words.push(t('exports.search', 'Search “{{search}}”', { search: mask('text', search), ...AS_TEXT }));
  return words.length > 0 ? words : [t('exports.no-filters', 'All entries')];
}
