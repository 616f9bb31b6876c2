import React from 'react';
import { t } from '@grafana/i18n';
import { Alert, Field, Input, RadioButtonGroup } from '@grafana/ui';
import type { Source } from '../../settings.ts';
import { testIds } from '../testIds.ts';
import { DatasourceField } from './DatasourceField.tsx';
import type { FieldsProps } from './fields.ts';
import { TokenField } from './TokenField.tsx';

const LOKI = ['loki'] as const;

/** Where entries are read from: through the guarded routes (gateway, tenant, token), or a Loki data source. */
export function SourceFields({ draft, problems, onSettings, onDraft }: FieldsProps) {
  const { source, lokiUrl, tenant } = draft.settings;
  const options: Array<{ value: Source; label: string }> = [
    { value: 'route', label: t('config.source-route', 'Guarded route (recommended)') },
    { value: 'datasource', label: t('config.source-datasource', 'Loki data source') },
  ];
  return (
    <>
      <Field
        label={t('config.source', 'Read through')}
        description={t(
          'config.source-help',
          'A guarded route needs the permission to read the log; tenant and token never reach the browser.',
        )}
      >
        <RadioButtonGroup
          options={options}
          value={source}
          onChange={(chosen) => onSettings({ source: chosen })}
          aria-label={t('config.source', 'Read through')}
        />
      </Field>
      {source === 'datasource' ? (
        <>
          <Alert
            severity="warning"
            title={t('config.viewers', 'Every Viewer of this organisation can read the log then')}
            data-testid={testIds.config.viewersWarning}
          >
            {t(
              'config.viewers-text',
              'In Grafana OSS whoever belongs to an organisation can query all of its data sources. The permission to read the audit log then protects this page, not the entries.',
            )}
          </Alert>
          <DatasourceField
            id="auditrail-datasource"
            label={t('config.datasource', 'Data source')}
            description={t(
              'config.datasource-help',
              'It must send the tenant of the audit log (X-Scope-OrgID) and use the read-only gateway.',
            )}
            none={t('config.datasource-none', 'There is no Loki data source')}
            types={LOKI}
            testId={testIds.config.datasource}
            uid={draft.settings.datasourceUid}
            problem={problems.datasourceUid}
            onChange={(datasourceUid) => onSettings({ datasourceUid })}
          />
        </>
      ) : (
        <>
          <Field
            label={t('config.loki-url', 'Gateway address')}
            description={t(
              'config.loki-url-help',
              'The read-only gateway before Loki, as Grafana’s server reaches it; without /loki.',
            )}
            invalid={problems.lokiUrl !== undefined}
            error={problems.lokiUrl}
          >
            <Input
              id="auditrail-loki-url"
              value={lokiUrl}
              placeholder="http://gateway:8080"
              onChange={({ currentTarget }) => onSettings({ lokiUrl: currentTarget.value })}
              data-testid={testIds.config.lokiUrl}
            />
          </Field>
          <TokenField
            name="readToken"
            label={t('config.read-token', 'Read token')}
            description={t('config.read-token-help', 'AUDITRAIL_READ_TOKEN of the gateway.')}
            testId={testIds.config.readToken}
            draft={draft}
            onDraft={onDraft}
          />
        </>
      )}
      <Field
        label={t('config.tenant', 'Tenant')}
        description={t(
          'config.tenant-help',
          'Loki’s tenant of this organisation. Give each Grafana organisation its own.',
        )}
        invalid={problems.tenant !== undefined}
        error={problems.tenant}
      >
        <Input
          id="auditrail-tenant"
          value={tenant}
          onChange={({ currentTarget }) => onSettings({ tenant: currentTarget.value })}
          data-testid={testIds.config.tenant}
        />
      </Field>
    </>
  );
}
