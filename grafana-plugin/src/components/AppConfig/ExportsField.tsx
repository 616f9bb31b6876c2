import React from 'react';
import { t } from '@grafana/i18n';
import { Field, Switch } from '@grafana/ui';
import { testIds } from '../testIds.ts';

interface Props {
  value: boolean;
  onChange: (offered: boolean) => void;
}

/** Enables background exports. */
export function ExportsField({ value, onChange }: Props) {
  return (
    <Field
      label={t('config.offer-exports', 'Enable background exports')}
      description={t('config.offer-exports-help', 'Requires a keeper (auditrail serve) behind the gateway.')}
    >
      <Switch
        id="auditrail-background-exports"
        value={value}
        onChange={({ currentTarget }) => onChange(currentTarget.checked)}
        data-testid={testIds.config.backgroundExports}
      />
    </Field>
  );
}
