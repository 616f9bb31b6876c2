import React from 'react';
import { t } from '@grafana/i18n';
import { Field, Input } from '@grafana/ui';
import { testIds } from '../testIds.ts';
import type { FieldsProps } from './fields.ts';
import { TokenField } from './TokenField.tsx';

/** Where background exports are made. */
export function KeeperFields({ draft, problems, onSettings, onDraft }: FieldsProps) {
  return (
    <>
      <Field
        label={t('config.keeper-url', 'Keeper address')}
        description={t(
          'config.keeper-url-help',
          'Where "auditrail serve" listens. Leave it empty to offer no background exports.',
        )}
        invalid={problems.keeperUrl !== undefined}
        error={problems.keeperUrl}
      >
        <Input
          id="auditrail-keeper-url"
          value={draft.settings.keeperUrl}
          placeholder="http://keeper:8090"
          onChange={({ currentTarget }) => onSettings({ keeperUrl: currentTarget.value })}
          data-testid={testIds.config.keeperUrl}
        />
      </Field>
      <TokenField
        name="keeperToken"
        label={t('config.keeper-token', 'Keeper token')}
        description={t('config.keeper-token-help', 'AUDITRAIL_KEEPER_TOKEN of the keeper.')}
        testId={testIds.config.keeperToken}
        draft={draft}
        onDraft={onDraft}
      />
    </>
  );
}
