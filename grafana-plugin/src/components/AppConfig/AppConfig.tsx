import React, { useState, type SyntheticEvent } from 'react';
import { css } from '@emotion/css';
import type { AppPluginMeta, GrafanaTheme2, PluginConfigPageProps } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Button, FieldSet, useStyles2 } from '@grafana/ui';
import { lokiClientFor } from '../../data/loki-clients.ts';
import { saveSettings } from '../../data/plugin-settings.ts';
import {
  currentSettings,
  rememberSaved,
  settingsProblems,
  tidySettings,
  type AppSecrets,
  type AppSettings,
} from '../../settings.ts';
import { testIds } from '../testIds.ts';
import { CollectorFields } from './CollectorFields.tsx';
import { DefaultRangeField } from './DefaultRangeField.tsx';
import type { Draft } from './fields.ts';
import { KeeperFields } from './KeeperFields.tsx';
import { SaveResult, type SaveOutcome } from './SaveResult.tsx';
import { saveAndTest } from './save-and-test.ts';
import { SourceFields } from './SourceFields.tsx';
import { TraceFields } from './TraceFields.tsx';

export type AppConfigProps = PluginConfigPageProps<AppPluginMeta>;

/** The configuration page: where the log is read from and written to. Saving tests it. */
export default function AppConfig({ plugin: { meta } }: Pick<AppConfigProps, 'plugin'>) {
  const styles = useStyles2(getStyles);
  const [draft, setDraft] = useState<Draft>(() => ({
    settings: currentSettings(meta.jsonData),
    secrets: { readToken: '', grafanaToken: '', keeperToken: '' },
    stored: {
      readToken: meta.secureJsonFields?.readToken === true,
      grafanaToken: meta.secureJsonFields?.grafanaToken === true,
      keeperToken: meta.secureJsonFields?.keeperToken === true,
    },
  }));
  const [outcome, setOutcome] = useState<SaveOutcome>();
  const [asked, setAsked] = useState(false);
  const problems = settingsProblems(tidySettings(draft.settings));
  const shown = asked ? problems : {};
  const change = (settings: Partial<AppSettings>) =>
    setDraft({ ...draft, settings: { ...draft.settings, ...settings } });

  const onSubmit = async (event: SyntheticEvent) => {
    event.preventDefault();
    setAsked(true);
    if (Object.keys(problems).length > 0) return;
    const settings = tidySettings(draft.settings);
    setOutcome({ state: 'working' });
    const result = await saveAndTest({
      save: () => saveSettings(meta.enabled ?? false, meta.pinned ?? false, settings, typedSecrets(draft)),
      loki: lokiClientFor(settings),
      writes: settings.collectorUrl !== '',
      settings,
    });
    if (result.state === 'saved') {
      rememberSaved(settings);
      setDraft({
        settings,
        secrets: { readToken: '', grafanaToken: '', keeperToken: '' },
        stored: {
          readToken: draft.stored.readToken || draft.secrets.readToken !== '',
          grafanaToken: draft.stored.grafanaToken || draft.secrets.grafanaToken !== '',
          keeperToken: draft.stored.keeperToken || draft.secrets.keeperToken !== '',
        },
      });
    }
    setOutcome(result);
  };

  return (
    <form onSubmit={onSubmit} className={styles.form} data-testid={testIds.config.form} noValidate>
      <FieldSet label={t('config.read', 'Reading')}>
        <SourceFields draft={draft} problems={shown} onSettings={change} onDraft={setDraft} />
      </FieldSet>
      <FieldSet label={t('config.write', 'Writing')}>
        <CollectorFields draft={draft} problems={shown} onSettings={change} onDraft={setDraft} />
      </FieldSet>
      <FieldSet label={t('config.correlation', 'Traces')}>
        <TraceFields draft={draft} problems={shown} onSettings={change} onDraft={setDraft} />
      </FieldSet>
      <FieldSet label={t('config.exports', 'Background exports')}>
        <KeeperFields draft={draft} problems={shown} onSettings={change} onDraft={setDraft} />
      </FieldSet>
      <FieldSet label={t('config.page', 'The page')}>
        <DefaultRangeField value={draft.settings.defaultRange} onChange={(defaultRange) => change({ defaultRange })} />
      </FieldSet>
      <Button type="submit" disabled={outcome?.state === 'working'} data-testid={testIds.config.submit}>
        {outcome?.state === 'working' ? t('config.saving', 'Saving…') : t('config.save', 'Save & test')}
      </Button>
      <SaveResult outcome={outcome} />
    </form>
  );
}

// A stored secret that was not reset is not sent: Grafana keeps it.
function typedSecrets({ secrets, stored }: Draft): AppSecrets {
  const typed = (name: keyof AppSecrets) => (stored[name] ? {} : { [name]: secrets[name].trim() });
  return { ...typed('readToken'), ...typed('grafanaToken'), ...typed('keeperToken') };
}

const getStyles = (theme: GrafanaTheme2) => ({
  form: css({ maxWidth: 720, '& fieldset': { marginBottom: theme.spacing(4) } }),
});
