import React from 'react';
import { t } from '@grafana/i18n';
import { Field, RadioButtonGroup } from '@grafana/ui';
import type { DefaultRange } from '../../settings.ts';
import { testIds } from '../testIds.ts';

interface Props {
  value: DefaultRange;
  onChange: (range: DefaultRange) => void;
}

/** The default time range of the audit log, for everyone in this organization. */
export function DefaultRangeField({ value, onChange }: Props) {
  const label = t('config.default-range', 'Default time range');
  const options: Array<{ value: DefaultRange; label: string }> = [
    { value: 'today', label: t('config.default-range-today', 'Today') },
    { value: '24h', label: t('config.default-range-24h', 'Last 24 hours') },
  ];
  return (
    <Field
      label={label}
      description={t(
        'config.default-range-help',
        'The time range that the audit log shows if a link does not specify one.',
      )}
    >
      <div data-testid={testIds.config.defaultRange}>
        <RadioButtonGroup options={options} value={value} onChange={onChange} aria-label={label} />
      </div>
    </Field>
  );
}
