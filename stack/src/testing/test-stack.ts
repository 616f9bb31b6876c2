import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { RunningStack } from '../services/stack.ts';
import { tenantTokens } from '../services/tenant-tokens.ts';

const schema = z.object({
  urls: z.object({
    loki: z.url(),
    gateway: z.url(),
    collector: z.url(),
    collectorMetrics: z.url(),
    zipkin: z.url().optional(),
  }),
  tokensFile: z.string(),
  behind: z.object({
    collectorUrl: z.url(),
    collectorGrafanaUrl: z.url(),
    keeperUrl: z.url(),
    tokens: z.object({
      collector: z.string(),
      collectorGrafana: z.string(),
      keeper: z.string(),
      intake: z.string(),
    }),
  }),
});

/** Addresses and tokens of the test run's shared stack. */
export type TestStack = z.output<typeof schema> & Pick<RunningStack, 'tokensFor'>;

/** Parses the output of `up --json`. */
function parseTestStack(text: string): TestStack {
  const parsed = schema.parse(JSON.parse(text));
  return { ...parsed, tokensFor: tenantTokens(parsed.tokensFile) };
}

/** Holds the output of `up --json`. Set it to test against a running stack. */
const TEST_STACK_VARIABLE = 'AUDITRAIL_TEST_STACK';

/**
 * The shared stack of this test run, which Jest's global setup starts. Tests that stop parts start their own stack.
 *
 * @throws Error outside the integration tests
 */
export function testStack(): TestStack {
  const text = process.env[TEST_STACK_VARIABLE];
  if (!text) throw new Error(`${TEST_STACK_VARIABLE} is not set: run with Jest's project "integration"`);
  return parseTestStack(text);
}

/** A tenant for one test: `uniqueTenant('paging')` returns a name such as `paging-3f9c2a71`. */
export function uniqueTenant(name: string): string {
  return `${name}-${randomBytes(4).toString('hex')}`;
}
