import React, { useMemo, useState, type Ref } from 'react';
import { css } from '@emotion/css';
import type { Filter, FilterField } from '@auditrail/core/query';
import { t } from '@grafana/i18n';
import { Button, Toggletip, useStyles2 } from '@grafana/ui';
import { AS_TEXT } from '../../format/as-text.ts';
import { NEEDED_FIELD } from '../../state/view-filters.ts';
import { testIds } from '../testIds.ts';
import { ChoiceList } from './ChoiceList.tsx';
import { CHOOSABLE_FIELDS, fieldLabel } from './field-labels.ts';

interface Props {
  filters: readonly Filter[];
  /** Further fields, which only the entries of this view have. */
  ownFields: () => readonly FilterField[];
  onAdd: (field: FilterField) => void;
  /** Gets the focus when a filter is removed. */
  buttonRef: Ref<HTMLSpanElement>;
}

/** The button "+ Filter": selects the field of a new filter. */
export function AddFilter({ filters, ownFields, onAdd, buttonRef }: Props) {
  const styles = useStyles2(getStyles);
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState('');
  // Read once, when the menu opens: the list must not change while people choose.
  const fields = useMemo(
    () => (open ? [...new Set<FilterField>([...CHOOSABLE_FIELDS, ...ownFields()])] : []),
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [open],
  );
  const show = (shown: boolean) => {
    setOpen(shown);
    setTyped('');
  };
  const choices = fields
    .filter((field) => fieldLabel(field).toLowerCase().includes(typed.toLowerCase()))
    .map((field) => {
      const needed = NEEDED_FIELD[field];
      const disabled = needed !== undefined && !filters.some((filter) => filter.field === needed);
      return {
        value: field,
        label: fieldLabel(field),
        disabled,
        ...(disabled && { detail: t('filter.needs', 'requires {{field}}', { field: fieldLabel(needed), ...AS_TEXT }) }),
      };
    });
  return (
    <span ref={buttonRef}>
      <Toggletip
        show={open}
        onOpen={() => show(true)}
        onClose={() => show(false)}
        closeButton={false}
        fitContent
        placement="bottom-start"
        content={
          <div className={styles.list}>
            <ChoiceList
              label={t('filter.field', 'Field to filter by')}
              placeholder={t('filter.find-field', 'Find a field')}
              choices={choices}
              typed={typed}
              onType={setTyped}
              onChoose={({ value }) => {
                show(false);
                onAdd(value as FilterField);
              }}
            />
          </div>
        }
      >
        <Button variant="secondary" icon="plus" data-testid={testIds.filters.add}>
          {t('filter.add', 'Filter')}
        </Button>
      </Toggletip>
    </span>
  );
}

const getStyles = () => ({ list: css({ width: 280, maxWidth: '90vw' }) });
