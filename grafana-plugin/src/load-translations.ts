import { initPluginTranslations, type Resources } from '@grafana/i18n';
import { PLUGIN_ID } from './constants.ts';
import { setAgeLanguage } from './format/when.ts';

// English is in the source. Grafana itself loads the files of plugin.json's `languages` only with a feature toggle.
const LANGUAGES: Record<string, () => Promise<{ default: Resources }>> = {
  'de-DE': () => import('./locales/de-DE/auditrail-auditlog-app.json'),
  'ja-JP': () => import('./locales/ja-JP/auditrail-auditlog-app.json'),
};

/** Loads the translations for the user's language in Grafana. Unsupported languages fall back to English. */
export async function loadTranslations(): Promise<void> {
  await initPluginTranslations(PLUGIN_ID, [
    async (language) => {
      if (language in LANGUAGES) setAgeLanguage(language);
      return (await LANGUAGES[language]?.())?.default ?? {};
    },
  ]);
}
