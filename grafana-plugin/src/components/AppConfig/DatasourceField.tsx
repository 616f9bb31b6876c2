import React, { useCallback } from 'react';
import { t } from '@grafana/i18n';
import { Combobox, Field } from '@grafana/ui';
import { explainError } from '../../data/explain-error.ts';
import { readLokiDatasources } from '../../data/plugin-settings.ts';
import { useLoad } from '../../state/use-load.ts';
import { testIds } from '../testIds.ts';

interface Props {
  uid: string;
  problem: string | undefined;
  onChange: (uid: string) => void;
}

/** One of the organisation's Loki data sources. */
export function DatasourceField({ uid, problem, onChange }: Props) {
  const found = useLoad(useCallback((signal: AbortSignal) => readLokiDatasources(signal), []));
  const options = (found.value ?? []).map((source) => ({ value: source.uid, label: source.name }));
  const failed = found.state === 'failed' ? explainError(found.error).cause : undefined;
  return (
    <Field
      label={t('config.datasource', 'Data source')}
      description={t(
        'config.datasource-help',
        'It must send the tenant of the audit log (X-Scope-OrgID) and use the read-only gateway.',
      )}
      invalid={problem !== undefined || failed !== undefined}
      error={problem ?? failed}
    >
      <Combobox
        id="auditrail-datasource"
        options={options}
        // A stored data source that is not listed is shown by its uid.
        value={uid ? (options.find(({ value }) => value === uid) ?? { value: uid, label: uid }) : null}
        placeholder={
          found.state === 'done' && options.length === 0
            ? t('config.datasource-none', 'There is no Loki data source')
            : t('config.datasource-choose', 'Choose')
        }
        onChange={({ value }) => onChange(value)}
        data-testid={testIds.config.datasource}
      />
    </Field>
  );
}
