import grafana from '@grafana/eslint-config/flat.js';
import prettier from 'eslint-config-prettier';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const plugin = ['grafana-plugin/src/**/*.{ts,tsx}'];

export default defineConfig([
  {
    ignores: [
      '**/dist/',
      '**/node_modules/',
      'artifacts/',
      '.data/',
      'grafana-plugin/.config/',
      '**/*.js',
      '**/*.cjs',
      '**/*.mjs',
    ],
  },
  ...[].concat(grafana).map((config) => ({ ...config, files: plugin })),
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.recommendedTypeChecked, prettier],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-import-type-side-effects': 'off',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-deprecated': 'error',
      // Numbers in messages are fine.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // fetch, timers and listeners take async functions everywhere; rejections are caught inside.
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  { files: plugin, rules: { 'react/prop-types': 'off' } },
  // Jest's asymmetric matchers are typed any.
  {
    files: ['**/*.{test,itest,btest}.{ts,tsx}'],
    rules: { '@typescript-eslint/no-unsafe-argument': 'off', '@typescript-eslint/no-unsafe-assignment': 'off' },
  },
  // Programs that talk to a person at a terminal.
  {
    files: [
      '**/cli.ts',
      'stack/**/*.ts',
      'bench/**/*.ts',
      'examples/**/*.ts',
      'keeper/**/*.ts',
      'provisioning/**/*.ts',
      'core/generate/**/*.ts',
    ],
    rules: { 'no-console': 'off' },
  },
  // Options of DuckDB's allocator must be set before DuckDB is loaded.
  {
    files: ['keeper/**/*.ts'],
    ignores: ['keeper/src/days/duckdb.ts'],
    rules: {
      'no-restricted-imports': ['error', { name: '@duckdb/node-api', message: "Import from 'days/duckdb.ts'." }],
    },
  },
]);
