import { randomBytes } from 'node:crypto';
import { z } from 'zod';

const schema = z.object({
  urls: z.object({
    loki: z.url(),
    gateway: z.url(),
    collector: z.url(),
    collectorGrafana: z.url(),
    collectorMetrics: z.url(),
    zipkin: z.url().optional(),
  }),
  tokens: z.object({ write: z.string(), grafana: z.string(), read: z.string() }),
});

/** Addresses and tokens of the stack that a test run shares. */
export type TestStack = z.output<typeof schema>;

/** Where the run's stack stands for the tests; set it beforehand to test against a stack that runs already. */
export const TEST_STACK_VARIABLE = 'AUDITRAIL_TEST_STACK';

/**
 * The stack of this test run; jest's global setup starts it. Tests that kill parts start their own instead.
 *
 * @throws Error outside of the integration tests.
 */
export function testStack(): TestStack {
  const text = process.env[TEST_STACK_VARIABLE];
  if (!text) throw new Error(`${TEST_STACK_VARIABLE} is not set: run with jest's project "integration"`);
  return schema.parse(JSON.parse(text));
}

/** A tenant that no other test has: `uniqueTenant('paging')` is such as `paging-3f9c2a71`. */
export function uniqueTenant(name: string): string {
  return `${name}-${randomBytes(4).toString('hex')}`;
}
