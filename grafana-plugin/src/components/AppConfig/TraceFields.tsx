import React from 'react';
import { t } from '@grafana/i18n';
import { Field, RadioButtonGroup } from '@grafana/ui';
import { hasApp } from '../../data/datasources.ts';
import { TRACE_DATASOURCE_TYPES, TRACES_DRILLDOWN } from '../../links/trace.ts';
import type { TracesTarget } from '../../settings.ts';
import { testIds } from '../testIds.ts';
import { DatasourceField } from './DatasourceField.tsx';
import type { FieldsProps } from './fields.ts';

/** Where traces of entries open. */
export function TraceFields({ draft, onSettings }: FieldsProps) {
  const { tracesDatasourceUid, tracesTarget } = draft.settings;
  const options: Array<{ value: TracesTarget; label: string }> = [
    { value: 'explore', label: t('config.traces-explore', 'Explore') },
    { value: 'drilldown', label: t('config.traces-drilldown', 'Traces Drilldown') },
  ];
  return (
    <>
      <DatasourceField
        id="auditrail-traces-datasource"
        label={t('config.traces', 'Trace data source')}
        description={t(
          'config.traces-help',
          'Tempo, Jaeger, or Zipkin, to open the traces of entries. Leave empty if there is none.',
        )}
        none={t('config.traces-none', 'No trace data source found')}
        types={TRACE_DATASOURCE_TYPES}
        uid={tracesDatasourceUid}
        problem={undefined}
        onChange={(uid) => onSettings({ tracesDatasourceUid: uid })}
        clearable
        testId={testIds.config.tracesDatasource}
      />
      {tracesDatasourceUid !== '' && (hasApp(TRACES_DRILLDOWN) || tracesTarget === 'drilldown') && (
        <Field
          label={t('config.traces-target', 'Open traces in')}
          description={t('config.traces-target-help', 'Traces Drilldown supports only Tempo.')}
        >
          <RadioButtonGroup
            options={options}
            value={tracesTarget}
            onChange={(chosen) => onSettings({ tracesTarget: chosen })}
            aria-label={t('config.traces-target', 'Open traces in')}
          />
        </Field>
      )}
    </>
  );
}
