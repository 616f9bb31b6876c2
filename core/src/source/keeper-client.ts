import * as z from 'zod/mini';
import { AuditError } from '../errors.ts';
import type { EntryQuery, TimeRange } from '../query/logql.ts';

/** The operations of the keeper's HTTP API that read entries. */
export const KEEPER_PATHS = {
  rows: '/v1/entries',
  count: '/v1/entries/count',
  volume: '/v1/entries/volume',
  values: '/v1/entries/values',
} as const;

export type KeeperPath = (typeof KEEPER_PATHS)[keyof typeof KEEPER_PATHS];

/**
 * A client of the keeper's HTTP API. `ask` sends a POST with a JSON body; it resolves with the parsed JSON and rejects if
 * there is no answer or a refusal, which is an AuditError with its `status`.
 */
export interface KeeperClient {
  ask(path: KeeperPath, body: object, signal?: AbortSignal): Promise<unknown>;
}

/** The part of a question that all operations have. */
export const questionOf = ({ filters = [], search }: EntryQuery, { start, end }: TimeRange) => ({
  ...{ from: String(start), to: String(end), filters },
  ...(search && { search }),
});

const ns = z.string().check(z.regex(/^\d{1,19}$/));
const count = z.number().check(z.nonnegative());

export const ANSWERS = {
  rows: z.object({
    entries: z.array(z.object({ ns, line: z.string() })),
    next: z.optional(z.object({ ns, id: z.string(), hash: z.string() })),
  }),
  count: z.object({ count }),
  volume: z.object({ steps: z.array(z.object({ start: ns, outcome: z.string(), count })) }),
  values: z.object({ values: z.array(z.object({ value: z.string(), count })) }),
} as const;

/** @throws AuditError `KEEPER_UNAVAILABLE` if the answer is not what the keeper's API describes */
export async function askKeeper<Q extends keyof typeof ANSWERS>(
  keeper: KeeperClient,
  question: Q,
  body: object,
  signal?: AbortSignal,
): Promise<z.output<(typeof ANSWERS)[Q]>> {
  const result = ANSWERS[question].safeParse(await keeper.ask(KEEPER_PATHS[question], body, signal));
  if (result.success) return result.data as z.output<(typeof ANSWERS)[Q]>;
  const message = "the answer is not what the keeper's API describes";
  throw new AuditError('KEEPER_UNAVAILABLE', message, { cause: result.error });
}
