import React, { useCallback, useId, useRef, useState, type FocusEvent } from 'react';
import { css } from '@emotion/css';
import { readFieldValues, type LokiClient, type TimeRange } from '@auditrail/core';
import { t } from '@grafana/i18n';
import { InlineLabel, MultiCombobox, useStyles2, type ComboboxOption } from '@grafana/ui';
import { toQuery, type View } from '../../state/view.ts';
import { testIds } from '../testIds.ts';

export type FilterName = 'action' | 'email' | 'outcome' | 'channel' | 'ip';

interface Props {
  name: FilterName;
  label: string;
  loki: LokiClient;
  view: View;
  range: TimeRange;
  onChange: (values: string[]) => void;
}

/** One filter: the values that are there in this view, most frequent first, with their number; other values can be typed. */
export function ValueFilter({ name, label, loki, view, range, onChange }: Props) {
  const styles = useStyles2(getStyles);
  const filter = view.filters.find(({ field, operator }) => field === name && operator.startsWith('is'));
  const labelId = useId();
  // MultiCombobox keeps what was typed when it was left by Escape; a new one has forgotten it.
  const [visit, setVisit] = useState(0);
  const onBlur = ({ target }: FocusEvent) => {
    if (target instanceof HTMLInputElement && target.type === 'text' && target.value) setVisit(visit + 1);
  };
  const asked = useRef<AbortController | undefined>(undefined);

  const readOptions = useCallback(
    async (typed: string): Promise<ComboboxOption[]> => {
      asked.current?.abort();
      const controller = new AbortController();
      asked.current = controller;
      const { signal } = controller;
      const found = await readFieldValues(loki, name, { query: toQuery(view, filter), range, signal });
      const wanted = typed.toLowerCase();
      return found
        .filter(({ value }) => value.toLowerCase().includes(wanted))
        .map(({ value, count }) => ({
          value,
          label: value,
          description: t('filter.count', '{{entries}} entries', { entries: count.toLocaleString('en') }),
        }));
    },
    [loki, name, filter, view, range],
  );

  return (
    <div className={styles.field} onBlur={onBlur}>
      <InlineLabel width="auto" as="span" id={labelId}>
        {label}
      </InlineLabel>
      <MultiCombobox
        key={visit}
        aria-labelledby={labelId}
        data-testid={testIds.filters[name === 'email' ? 'user' : name]}
        options={readOptions}
        value={(filter?.values ?? []).map((value) => ({ value, label: value }))}
        onChange={(options) => onChange(options.map(({ value }) => value))}
        // An outcome is one of two words: there is nothing else to type.
        createCustomValue={name !== 'outcome'}
        placeholder={t('filter.any', 'Any')}
        width="auto"
        minWidth={12}
        maxWidth={36}
      />
    </div>
  );
}

const getStyles = () => ({ field: css({ display: 'flex', alignItems: 'center' }) });
