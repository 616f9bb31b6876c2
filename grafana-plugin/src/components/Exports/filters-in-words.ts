import type { Filter } from '@auditrail/core';
import { t } from '@grafana/i18n';
import { fieldLabel, operatorLabel, personalKind } from '../Filters/field-labels.ts';
import type { PersonalData } from '../PersonalData/PersonalData.tsx';

interface Narrowed {
  filters?: readonly Filter[];
  search?: string;
}

/** What an export is narrowed to, for people: in the words of the chips, and masked as they are. */
export function filtersInWords({ filters = [], search }: Narrowed, mask: PersonalData['mask']): string {
  const words = filters.map(({ field, operator, values }) =>
    [fieldLabel(field), operatorLabel(operator), values.map((one) => mask(personalKind(field), one)).join(', ')].join(
      ' ',
    ),
  );
  if (search) words.push(`“${mask('text', search)}”`);
  return words.length > 0 ? words.join('; ') : t('exports.no-filters', 'All entries');
}
