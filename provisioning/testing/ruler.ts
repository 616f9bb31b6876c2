import { z } from 'zod';

const alertSchema = z.object({
  labels: z.record(z.string(), z.string()),
  annotations: z.record(z.string(), z.string()),
  state: z.string(),
});
const responseSchema = z.object({
  data: z.object({
    groups: z.array(
      z.object({
        rules: z.array(
          z.object({
            name: z.string(),
            health: z.string(),
            lastError: z.string(),
            lastEvaluation: z.string(),
            alerts: z.array(alertSchema),
          }),
        ),
      }),
    ),
  }),
});

export type Rule = z.output<typeof responseSchema>['data']['groups'][number]['rules'][number];

/** Reads the state of a tenant's rules from Loki's ruler. */
async function readRules(lokiUrl: string, tenant: string): Promise<Rule[]> {
  const response = await fetch(`${lokiUrl}/prometheus/api/v1/rules`, { headers: { 'X-Scope-OrgID': tenant } });
  return responseSchema.parse(await response.json()).data.groups.flatMap(({ rules }) => rules);
}

/**
 * Waits until all rules have been evaluated after a time.
 *
 * @param after milliseconds since 1970, when all entries of the test can be read
 * @throws Error if a rule fails, or is not evaluated within `timeoutMs`
 */
export async function evaluatedRules(
  lokiUrl: string,
  tenant: string,
  after = Date.now(),
  timeoutMs = 20_000,
): Promise<Rule[]> {
  for (const end = Date.now() + timeoutMs; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 250))) {
    const rules = await readRules(lokiUrl, tenant);
    const broken = rules.find(({ lastError }) => lastError);
    if (broken) throw new Error(`the rule "${broken.name}" fails: ${broken.lastError}`);
    if (rules.length > 0 && rules.every(({ lastEvaluation }) => Date.parse(lastEvaluation) > after)) return rules;
  }
  throw new Error(`the ruler at ${lokiUrl} did not evaluate all rules of ${tenant} within ${timeoutMs / 1_000} s`);
}

/** The firing alerts as `title: label=value, …`, without the labels of the rule. */
export function firing(rules: readonly Rule[]): string[] {
  // `who_field` is the name of the field of `who`, for the link.
  const ruleLabels = ['alertname', 'severity', 'technique', 'tactic', 'source', 'who_field'];
  return rules
    .flatMap(({ alerts }) => alerts)
    .filter(({ state }) => state === 'firing')
    .map(({ labels }) => {
      const about = Object.entries(labels).filter(([name]) => !ruleLabels.includes(name));
      return `${labels['alertname']}: ${about
        .map(([name, value]) => `${name}=${value}`)
        .sort()
        .join(', ')}`;
    })
    .sort();
}
