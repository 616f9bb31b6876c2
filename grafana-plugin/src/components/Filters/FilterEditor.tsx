import React from 'react';
import { css } from '@emotion/css';
import type { TrailLine } from '@auditrail/core/loki';
import { fieldOperators, type EntryQuery, type Filter, type TimeRange } from '@auditrail/core/query';
import type { TrailSource } from '@auditrail/core/source';
import type { GrafanaTheme2 } from '@grafana/data';
import { RadioButtonGroup, useStyles2 } from '@grafana/ui';
import { t } from '@grafana/i18n';
import { testIds } from '../testIds.ts';
import { operatorLabel } from './field-labels.ts';
import { TextValue } from './TextValue.tsx';
import { ValueChoice } from './ValueChoice.tsx';

export interface EditorProps {
  trail: TrailSource;
  filter: Filter;
  /** The view without this filter. */
  query: EntryQuery;
  range: TimeRange;
  /** The rows of the view. */
  lines: readonly TrailLine[];
  onChange: (filter: Filter) => void;
}

/** Edits operator and values of one filter. Each change applies immediately. */
export function FilterEditor({ trail, filter, query, range, lines, onChange }: EditorProps) {
  const styles = useStyles2(getStyles);
  const { field, operator, values } = filter;
  const setOperator = (chosen: Filter['operator']) => {
    const several = chosen.endsWith('any of');
    onChange({ ...filter, operator: chosen, values: several ? values : values.slice(0, 1) });
  };
  const setValues = (chosen: string[]) => onChange({ ...filter, values: chosen });
  return (
    <div className={styles.editor} data-testid={testIds.filters.editor}>
      <RadioButtonGroup
        size="sm"
        aria-label={t('filter.operator', 'Operator')}
        options={fieldOperators(field).map((one) => ({ value: one, label: operatorLabel(one) }))}
        value={operator}
        onChange={setOperator}
      />
      {operator === 'contains' ? (
        <TextValue filter={filter} onChange={setValues} />
      ) : (
        <ValueChoice {...{ trail, filter, query, range, lines }} onChange={setValues} />
      )}
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  editor: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(1), width: 400, maxWidth: '90vw' }),
});
