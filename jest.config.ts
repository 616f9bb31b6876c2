import type { Config } from 'jest';

// One configuration for every suite: unit tests (*.test.ts) run anywhere; integration tests (*.itest.ts) against the real
// stack, and browser tests (*.btest.ts) beside it, in the order stack/src/check/test.ts runs them.
const swc = { jsc: { parser: { syntax: 'typescript', tsx: true }, target: 'es2024' }, module: { type: 'commonjs' } };

const node = {
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['@auditrail/source', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: [],
  transform: { '\\.([cm]?[jt]s|[jt]sx)$': ['@swc/jest', swc] },
  // What is published as ES modules only, or imports at run time (which Jest cannot).
  transformIgnorePatterns: [
    '/node_modules/(?!(@fastify/cookie|@opentelemetry/otlp-exporter-base|canonicalize|cookie|uuidv7|commander|fast-check|p-limit|pure-rand|yocto-queue|zod|jose|hono|@hono|@asteasolutions|openapi3-ts|better-auth|@better-auth|better-call|@better-fetch|nanostores|rou3|defu|kysely|@noble|@nestjs|@simplewebauthn|@electric-sql)/)',
  ],
} satisfies Config;

const ignored = ['/node_modules/', '/dist/'];
const places = ['core', 'sdk', 'keeper', 'stack', 'provisioning', 'collector-config', 'examples', 'e2e', 'bench'];
const inPlaces = (ending: string) => places.map((place) => `<rootDir>/${place}/**/*.${ending}.ts`);

const config: Config = {
  testTimeout: 30_000,
  projects: [
    { displayName: 'unit', ...node, testMatch: inPlaces('test'), testPathIgnorePatterns: ignored },
    {
      displayName: 'integration',
      ...node,
      testMatch: inPlaces('itest'),
      testPathIgnorePatterns: ignored,
      globalSetup: '<rootDir>/stack/src/testing/jest-setup.ts',
      globalTeardown: '<rootDir>/stack/src/testing/jest-teardown.ts',
    },
    {
      displayName: 'browser',
      ...node,
      testMatch: inPlaces('btest'),
      testPathIgnorePatterns: ignored,
    },
    '<rootDir>/grafana-plugin',
  ],
};

export default config;
