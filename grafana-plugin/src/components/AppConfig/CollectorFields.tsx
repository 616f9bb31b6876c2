import React from 'react';
import { t } from '@grafana/i18n';
import { Field, Input } from '@grafana/ui';
import { testIds } from '../testIds.ts';
import type { FieldsProps } from './fields.ts';
import { TokenField } from './TokenField.tsx';

/** Where the app writes what people do here: changed settings, exports. */
export function CollectorFields({ draft, problems, onSettings, onDraft }: FieldsProps) {
  return (
    <>
      <Field
        label={t('config.collector-url', 'Collector address')}
        description={t(
          'config.collector-url-help',
          'The collector’s receiver for Grafana. What people do in this app is written there, as entries of the same log. Leave it empty to write nothing.',
        )}
        invalid={problems.collectorUrl !== undefined}
        error={problems.collectorUrl}
      >
        <Input
          id="auditrail-collector-url"
          value={draft.settings.collectorUrl}
          placeholder="http://collector:4319"
          onChange={({ currentTarget }) => onSettings({ collectorUrl: currentTarget.value })}
          data-testid={testIds.config.collectorUrl}
        />
      </Field>
      <TokenField
        name="grafanaToken"
        label={t('config.grafana-token', 'Grafana token')}
        description={t('config.grafana-token-help', 'AUDITRAIL_GRAFANA_TOKEN of the collector.')}
        testId={testIds.config.grafanaToken}
        draft={draft}
        onDraft={onDraft}
      />
    </>
  );
}
