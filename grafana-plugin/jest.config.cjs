const base = require('./.config/jest.config');
const { grafanaESModules, nodeModulesToTransform } = require('./.config/jest/utils');

// Tests must not depend on the machine's time zone.
process.env.TZ = 'UTC';

// Packages that are published only as ES modules, in addition to those that create-plugin lists.
const esModules = ['@noble', '@react-hookz', '@ver0', 'fast-check', 'pure-rand', 'uuidv7', 'zod'];

module.exports = {
  ...base,
  displayName: 'plugin',
  // The packages of this repository are used from their TypeScript source.
  testEnvironmentOptions: { customExportConditions: ['@auditrail/source', 'browser'] },
  // Packages that are published only as .mjs, and documentation that the app shows.
  transform: { '^.+\\.m?[jt]sx?$': Object.values(base.transform)[0], '\\.md$': '<rootDir>/jest-markdown.cjs' },
  setupFilesAfterEnv: ['<rootDir>/jest-setup.js'],
  transformIgnorePatterns: [nodeModulesToTransform([...grafanaESModules, ...esModules])],
};
