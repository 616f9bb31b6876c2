import { z } from 'zod';

const rules = z.object({
  data: z.object({
    groups: z.array(
      z.object({
        interval: z.number().optional(),
        rules: z.array(z.object({ name: z.string(), lastEvaluation: z.string() })),
      }),
    ),
  }),
});

/** When a rule was last evaluated, and how often it is, in milliseconds. */
export interface Evaluation {
  lastMs: number;
  everyMs?: number;
}

/**
 * The last evaluation of each rule, by its title, from the ruler's API.
 *
 * @throws Error if the ruler does not answer
 */
export async function readEvaluations(url: string, tenant: string): Promise<Map<string, Evaluation>> {
  const response = await fetch(`${url}/prometheus/api/v1/rules`, {
    headers: { 'X-Scope-OrgID': tenant },
    signal: AbortSignal.timeout(5_000),
  });
  if (!response.ok) throw new Error(`the ruler responded with ${response.status}`);
  const { groups } = rules.parse(await response.json()).data;
  return new Map(
    groups.flatMap(({ interval, rules: each }) =>
      each.flatMap(({ name, lastEvaluation }): [string, Evaluation][] => {
        const lastMs = Date.parse(lastEvaluation);
        // A rule that was never evaluated has the year 1.
        if (!(lastMs > 0)) return [];
        return [[name, { lastMs, ...(interval !== undefined && { everyMs: interval * 1_000 }) }]];
      }),
    ),
  );
}
