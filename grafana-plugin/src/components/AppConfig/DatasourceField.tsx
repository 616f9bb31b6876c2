import React, { useCallback } from 'react';
import { t } from '@grafana/i18n';
import { Combobox, Field } from '@grafana/ui';
import { explainError } from '../../data/explain-error.ts';
import { readDatasources } from '../../data/plugin-settings.ts';
import { useLoad } from '../../state/use-load.ts';

interface Props {
  id: string;
  label: string;
  description: string;
  /** Placeholder if the organization has no such data source. */
  none: string;
  /** Types of data sources to offer. Must be the same array on each render. */
  types: readonly string[];
  uid: string;
  problem: string | undefined;
  /** Called with the UID, or with '' if the selection was cleared. */
  onChange: (uid: string) => void;
  clearable?: boolean;
  testId: string;
}

/** Selects one of the organization's data sources of the given types. */
export function DatasourceField(props: Props) {
  const { id, label, description, none, types, uid, problem, onChange, clearable = false, testId } = props;
  const found = useLoad(useCallback((signal: AbortSignal) => readDatasources(types, signal), [types]));
  const options = (found.value ?? []).map((source) => ({ value: source.uid, label: source.name }));
  const failed = found.state === 'failed' ? explainError(found.error).cause : undefined;
  // A stored data source that is not in the list is shown by its UID.
  const value = uid ? (options.find((option) => option.value === uid) ?? { value: uid, label: uid }) : null;
  const looks = {
    id,
    options,
    value,
    placeholder:
      found.state === 'done' && options.length === 0 ? none : t('config.datasource-choose', 'Select a data source'),
    'data-testid': testId,
  };
  return (
    <Field
      label={label}
      description={description}
      invalid={problem !== undefined || failed !== undefined}
      error={problem ?? failed}
    >
      {clearable ? (
        <Combobox {...looks} isClearable onChange={(chosen) => onChange(chosen?.value ?? '')} />
      ) : (
        <Combobox {...looks} onChange={(chosen) => onChange(chosen.value)} />
      )}
    </Field>
  );
}
