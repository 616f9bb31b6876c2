import { z } from 'zod';

const responseSchema = z.object({
  data: z.object({
    result: z.array(
      z.object({
        metric: z.record(z.string(), z.string()),
        values: z.array(z.tuple([z.number(), z.string()])),
      }),
    ),
  }),
});

/** A series of a rule: an alert that the ruler would have raised. */
export interface PastAlert {
  labels: Record<string, string>;
  /** The first evaluation that it would have fired at, in milliseconds since 1970. */
  at: number;
  value: number;
}

export interface HistoryOptions {
  lokiUrl: string;
  tenant: string;
  query: string;
  from: number;
  to: number;
  /** The interval of the evaluations. */
  stepSeconds: number;
}

/**
 * What a rule would have fired on in the past: Loki evaluates its query at each step of the range, as the ruler does at each
 * of its evaluations.
 *
 * @throws Error if Loki refuses the query
 */
export async function ruleHistory(options: HistoryOptions): Promise<PastAlert[]> {
  const { lokiUrl, tenant, query, from, to, stepSeconds } = options;
  const [start, end] = [from, to].map((ms) => String(ms * 1_000_000));
  const params = new URLSearchParams({ query, start: start ?? '', end: end ?? '', step: `${stepSeconds}s` });
  const response = await fetch(`${lokiUrl}/loki/api/v1/query_range`, {
    method: 'POST',
    headers: { 'X-Scope-OrgID': tenant },
    body: params,
  });
  if (!response.ok) throw new Error(`Loki refused a rule: ${response.status} ${await response.text()}`);
  return responseSchema
    .parse(await response.json())
    .data.result.flatMap(({ metric, values: [first] }) =>
      first ? [{ labels: metric, at: first[0] * 1000, value: Number(first[1]) }] : [],
    );
}
