import React from 'react';
import { t } from '@grafana/i18n';
import { Alert, Field, RadioButtonGroup } from '@grafana/ui';
import type { Source } from '../../settings.ts';
import { testIds } from '../testIds.ts';
import { DatasourceField } from './DatasourceField.tsx';
import type { FieldsProps } from './fields.ts';

const LOKI = ['loki'] as const;

/** How entries are read: through the guarded routes or through a Loki data source. */
export function SourceFields({ draft, problems, onSettings }: FieldsProps) {
  const { source } = draft.settings;
  const options: Array<{ value: Source; label: string }> = [
    { value: 'route', label: t('config.source-route', 'Guarded route (recommended)') },
    { value: 'datasource', label: t('config.source-datasource', 'Loki data source') },
  ];
  return (
    <>
      <Field
        label={t('config.source', 'Read entries through')}
        description={t(
          'config.source-help',
          'The guarded route requires the permission to read the audit log and uses the gateway above.',
        )}
      >
        <RadioButtonGroup
          options={options}
          value={source}
          onChange={(chosen) => onSettings({ source: chosen })}
          aria-label={t('config.source', 'Read entries through')}
        />
      </Field>
      {source === 'datasource' && (
        <>
          <Alert
            severity="warning"
            title={t('config.viewers', 'With a data source, every Viewer of this organization can read the log')}
            data-testid={testIds.config.viewersWarning}
          >
            {t(
              'config.viewers-text',
              'In Grafana OSS, every member of an organization can query all of its data sources. The permission to read the audit log then protects this page, but not the entries.',
            )}
          </Alert>
          <DatasourceField
            id="auditrail-datasource"
            label={t('config.datasource', 'Data source')}
            description={t(
              'config.datasource-help',
              'The data source must send the tenant (X-Scope-OrgID header) and use the read-only gateway.',
            )}
            none={t('config.datasource-none', 'No Loki data source found')}
            types={LOKI}
            testId={testIds.config.datasource}
            uid={draft.settings.datasourceUid}
            problem={problems.datasourceUid}
            onChange={(datasourceUid) => onSettings({ datasourceUid })}
          />
        </>
      )}
    </>
  );
}
