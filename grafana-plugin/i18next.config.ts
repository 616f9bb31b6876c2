import { defineConfig } from 'i18next-cli';

/** `npm run i18n -w grafana-plugin`: copies the texts of the source to the files of each language. New texts are empty until translated. */
export default defineConfig({
  locales: ['en-US', 'de-DE', 'ja-JP'],
  extract: {
    input: ['src/**/*.{ts,tsx}'],
    ignore: ['src/**/*.test.{ts,tsx}'],
    // The test of the translations sets another folder, and compares.
    output: `${process.env.AUDITRAIL_LOCALES ?? 'src/locales'}/{{language}}/{{namespace}}.json`,
    defaultNS: 'auditrail-auditlog-app',
    functions: ['t'],
    transComponents: ['Trans'],
    sort: true,
    indentation: 2,
    defaultValue: '',
  },
});
