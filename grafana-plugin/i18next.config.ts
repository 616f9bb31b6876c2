import { defineConfig } from 'i18next-cli';

/** `npm run i18n -w grafana-plugin`: texts of the source into the files of each language; new ones are empty until translated. */
export default defineConfig({
  locales: ['en-US', 'de-DE', 'ja-JP'],
  extract: {
    input: ['src/**/*.{ts,tsx}'],
    ignore: ['src/**/*.test.{ts,tsx}'],
    // The test of the translations lets it write elsewhere, and compares.
    output: `${process.env.AUDITRAIL_LOCALES ?? 'src/locales'}/{{language}}/{{namespace}}.json`,
    defaultNS: 'auditrail-auditlog-app',
    functions: ['t'],
    transComponents: ['Trans'],
    sort: true,
    indentation: 2,
    defaultValue: '',
  },
});
