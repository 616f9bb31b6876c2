import React from 'react';
import { t } from '@grafana/i18n';
import { Field, SecretInput } from '@grafana/ui';
import type { AppSecrets } from '../../settings.ts';
import type { FieldsProps } from './fields.ts';

interface Props extends Pick<FieldsProps, 'draft' | 'onDraft'> {
  name: keyof AppSecrets;
  label: string;
  description: string;
  testId: string;
}

/** A token: typed once, then only known to Grafana. */
export function TokenField({ name, label, description, testId, draft, onDraft }: Props) {
  return (
    <Field label={label} description={description}>
      <SecretInput
        id={`auditrail-${name}`}
        isConfigured={draft.stored[name]}
        value={draft.secrets[name]}
        autoComplete="off"
        placeholder={t('config.token-placeholder', 'Token')}
        onChange={({ currentTarget }) =>
          onDraft({ ...draft, secrets: { ...draft.secrets, [name]: currentTarget.value } })
        }
        onReset={() =>
          onDraft({
            ...draft,
            secrets: { ...draft.secrets, [name]: '' },
            stored: { ...draft.stored, [name]: false },
          })
        }
        data-testid={testId}
      />
    </Field>
  );
}
