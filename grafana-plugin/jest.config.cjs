const base = require('./.config/jest.config');
const { grafanaESModules, nodeModulesToTransform } = require('./.config/jest/utils');

// The page shows UTC only; a machine's own zone must make no difference.
process.env.TZ = 'UTC';

// What is published as ES modules only, beside those that create-plugin knows.
const esModules = ['@noble', '@react-hookz', '@ver0', 'fast-check', 'pure-rand', 'uuidv7', 'zod'];

module.exports = {
  ...base,
  displayName: 'plugin',
  // Our own packages are read from their TypeScript, as everywhere in this repository.
  testEnvironmentOptions: { customExportConditions: ['@auditrail/source', 'browser'] },
  // Packages that are published as .mjs only; documentation that the app shows.
  transform: { '^.+\\.m?[jt]sx?$': Object.values(base.transform)[0], '\\.md$': '<rootDir>/jest-markdown.cjs' },
  setupFilesAfterEnv: ['<rootDir>/jest-setup.js'],
  transformIgnorePatterns: [nodeModulesToTransform([...grafanaESModules, ...esModules])],
};
