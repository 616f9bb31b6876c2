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
    tokens: z.object({ collector: z.string(), collectorGrafana: z.string(), keeper: z.string() }),
  }),
});

/** Addresses and tokens of the stack that a test run shares. */
export type TestStack = z.output<typeof schema> & Pick<RunningStack, 'tokensFor'>;

/** Reads what `up --json` prints. */
function parseTestStack(text: string): TestStack {
  const parsed = schema.parse(JSON.parse(text));
  return { ...parsed, tokensFor: tenantTokens(parsed.tokensFile) };
}

/** Where the run's stack stands for the tests; set it beforehand to test against a stack that runs already. */
const TEST_STACK_VARIABLE = 'AUDITRAIL_TEST_STACK';

/**
 * The stack of this test run; jest's global setup starts it. Tests that kill parts start their own instead.
 *
 * @throws Error outside of the integration tests.
 */
export function testStack(): TestStack {
  const text = process.env[TEST_STACK_VARIABLE];
  if (!text) throw new Error(`${TEST_STACK_VARIABLE} is not set: run with jest's project "integration"`);
  return parseTestStack(text);
}

/** A tenant that no other test has: `uniqueTenant('paging')` is such as `paging-3f9c2a71`. */
export function uniqueTenant(name: string): string {
  return `${name}-${randomBytes(4).toString('hex')}`;
}
