import React, { useState, type SyntheticEvent } from 'react';
import { css } from '@emotion/css';
import type { AppPluginMeta, GrafanaTheme2, PluginConfigPageProps } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Button, FieldSet, useStyles2 } from '@grafana/ui';
import { gatewayProblems } from '../../gateway-secret.ts';
import { currentConfiguration, rememberSaved, settingsProblems, type AppSettings } from '../../settings.ts';
import { testIds } from '../testIds.ts';
import { DefaultRangeField } from './DefaultRangeField.tsx';
import { ExportsField } from './ExportsField.tsx';
import { draftOf, type Draft, type Problems } from './fields.ts';
import { GatewayFields } from './GatewayFields.tsx';
import { OldSettings } from './OldSettings.tsx';
import { ProvisionedNotice } from './ProvisionedNotice.tsx';
import { SaveResult, type SaveOutcome } from './SaveResult.tsx';
import { saveAndTest } from './save-and-test.ts';
import { SourceFields } from './SourceFields.tsx';
import { TraceFields } from './TraceFields.tsx';

export type AppConfigProps = PluginConfigPageProps<AppPluginMeta>;

/** The configuration page: how the log is read and written. Saving tests the connection. */
export default function AppConfig({ plugin: { meta } }: Pick<AppConfigProps, 'plugin'>) {
  const styles = useStyles2(getStyles);
  const [stored, setStored] = useState(() => currentConfiguration(meta));
  const [draft, setDraft] = useState(() => draftOf(stored));
  const [outcome, setOutcome] = useState<SaveOutcome>();
  const [submitted, setSubmitted] = useState(false);
  const problems = problemsOf(draft);
  const shown = submitted ? problems : {};
  const change = (settings: Partial<AppSettings>) =>
    setDraft({ ...draft, settings: { ...draft.settings, ...settings } });

  const onSubmit = async (event: SyntheticEvent) => {
    event.preventDefault();
    setSubmitted(true);
    if (Object.keys(problems).length > 0) return;
    setOutcome({ state: 'working' });
    const { outcome: result, saved } = await saveAndTest(draft, stored, meta);
    if (saved) {
      rememberSaved(saved);
      setStored(saved);
      setDraft(draftOf(saved));
      setSubmitted(false);
    }
    setOutcome(result);
  };

  return (
    <form onSubmit={onSubmit} className={styles.form} data-testid={testIds.config.form} noValidate>
      <ProvisionedNotice provisioned={stored.settings.provisioned} />
      <OldSettings configuration={stored} />
      <FieldSet label={t('config.gateway', 'Gateway')}>
        <GatewayFields draft={draft} problems={shown} hasGateway={stored.hasGateway} onDraft={setDraft} />
      </FieldSet>
      <FieldSet label={t('config.read', 'Read access')}>
        <SourceFields draft={draft} problems={shown} onSettings={change} />
      </FieldSet>
      <FieldSet label={t('config.correlation', 'Traces')}>
        <TraceFields draft={draft} problems={shown} onSettings={change} />
      </FieldSet>
      <FieldSet label={t('config.exports', 'Background exports')}>
        <ExportsField
          value={draft.settings.backgroundExports}
          onChange={(backgroundExports) => change({ backgroundExports })}
        />
      </FieldSet>
      <FieldSet label={t('config.page', 'Display')}>
        <DefaultRangeField value={draft.settings.defaultRange} onChange={(defaultRange) => change({ defaultRange })} />
      </FieldSet>
      <Button type="submit" disabled={outcome?.state === 'working'} data-testid={testIds.config.submit}>
        {outcome?.state === 'working' ? t('config.saving', 'Saving…') : t('config.save', 'Save & test')}
      </Button>
      <SaveResult outcome={outcome} />
    </form>
  );
}

function problemsOf({ settings, gateway, keepsGateway }: Draft): Problems {
  // A data source can be read without a gateway. Then the app writes no entries and has no background exports.
  const required = settings.source === 'route' || settings.backgroundExports;
  return { ...settingsProblems(settings), ...(!keepsGateway && gatewayProblems(gateway, required)) };
}

const getStyles = (theme: GrafanaTheme2) => ({
  form: css({ maxWidth: 720, '& fieldset': { marginBottom: theme.spacing(4) } }),
});
