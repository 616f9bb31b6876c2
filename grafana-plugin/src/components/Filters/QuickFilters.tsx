import React from 'react';
import type { Filter, FilterField } from '@auditrail/core/query';
import { t } from '@grafana/i18n';
import { Button } from '@grafana/ui';
import { AS_TEXT } from '../../format/as-text.ts';
import { testIds } from '../testIds.ts';
import { fieldLabel } from './field-labels.ts';

/** The most used fields, with the labels of their buttons. */
const QUICK: ReadonlyArray<[FilterField, label: () => string]> = [
  ['action', () => fieldLabel('action')],
  ['email', () => t('filter.user', 'User')],
  ['outcome', () => fieldLabel('outcome')],
  ['ip', () => fieldLabel('ip')],
];

interface Props {
  filters: readonly Filter[];
  onAdd: (field: FilterField) => void;
}

/** Buttons for the most used fields that have no filter yet. */
export function QuickFilters({ filters, onAdd }: Props) {
  return QUICK.filter(([field]) => !filters.some((filter) => filter.field === field)).map(([field, label]) => (
    <Button
      key={field}
      variant="secondary"
      fill="outline"
      tooltip={t('filter.quick', 'Filter by {{field}}', { field: fieldLabel(field), ...AS_TEXT })}
      onClick={() => onAdd(field)}
      data-testid={testIds.filters.quick(field)}
    >
      {label()}
    </Button>
  ));
}
