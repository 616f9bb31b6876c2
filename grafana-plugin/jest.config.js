const base = require('./.config/jest.config');
const { grafanaESModules, nodeModulesToTransform } = require('./.config/jest/utils');

// The page shows UTC only; a machine's own zone must make no difference.
process.env.TZ = 'UTC';

module.exports = {
  ...base,
  displayName: 'plugin',
  // `source`: the workspace packages are read from their TypeScript, as everywhere in this repository.
  testEnvironmentOptions: { customExportConditions: ['source', 'browser'] },
  // Packages that are published as .mjs only.
  transform: { '^.+\\.m?[jt]sx?$': Object.values(base.transform)[0] },
  setupFilesAfterEnv: ['<rootDir>/jest-setup.js'],
  transformIgnorePatterns: [nodeModulesToTransform([...grafanaESModules, 'fast-check', 'pure-rand', 'zod', 'uuidv7'])],
};
