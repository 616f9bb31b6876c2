import { initPluginTranslations, type Resources } from '@grafana/i18n';
import { PLUGIN_ID } from './constants.ts';
import { speakAges } from './format/when.ts';

// English stands in the source. Grafana itself loads the files of plugin.json's `languages` only behind a feature toggle.
const LANGUAGES: Record<string, () => Promise<{ default: Resources }>> = {
  'de-DE': () => import('./locales/de-DE/auditrail-auditlog-app.json'),
  'ja-JP': () => import('./locales/ja-JP/auditrail-auditlog-app.json'),
};

/** Gets `t()` ready in the language that the person chose in Grafana: English where the app does not speak it. */
export async function loadTranslations(): Promise<void> {
  await initPluginTranslations(PLUGIN_ID, [
    async (language) => {
      if (language in LANGUAGES) speakAges(language);
      return (await LANGUAGES[language]?.())?.default ?? {};
    },
  ]);
}
