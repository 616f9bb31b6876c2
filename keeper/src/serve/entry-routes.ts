import { AuditError } from '@auditrail/core';
import type { EntryQuery, Filter, FilterField } from '@auditrail/core/query';
import { createRoute, type z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { HEAP_ROWS, type DaysQuery, type DaysReader } from '../days/read-days.ts';
import type { Days } from '../days/days.ts';
import {
  countAnswer,
  countSchema,
  ENTRY_BOUNDS,
  rowsAnswer,
  rowsSchema,
  valuesAnswer,
  valuesSchema,
  volumeAnswer,
  volumeSchema,
} from './entry-schemas.ts';
import { Problem } from './problem.ts';
import { answerQuestions } from './questions.ts';
import { json, refusals, security, type Api, type ApiEnv } from './routes.ts';

const asked = <T extends z.ZodType>(schema: T) => ({
  body: { required: true, content: { 'application/json': { schema } } },
});
const refused = refusals('NO_INTAKE', 'TOO_LARGE', 'WRONG_TYPE', 'UNPROCESSABLE', 'BUSY', 'OUT_OF_MEMORY', 'TOO_SLOW');

const rows = createRoute({
  ...{ method: 'post', path: '/v1/entries', operationId: 'readEntries', security },
  summary: 'Entries, newest first',
  request: asked(rowsSchema),
  responses: { 200: json(rowsAnswer, 'One page of entries'), ...refused },
});
const counted = createRoute({
  ...{ method: 'post', path: '/v1/entries/count', operationId: 'countEntries', security },
  summary: 'The exact number of entries',
  request: asked(countSchema),
  responses: { 200: json(countAnswer, 'The number'), ...refused },
});
const volume = createRoute({
  ...{ method: 'post', path: '/v1/entries/volume', operationId: 'readVolume', security },
  summary: 'The number of entries of each outcome, in steps of time',
  request: asked(volumeSchema),
  responses: { 200: json(volumeAnswer, 'Steps that have entries, oldest first'), ...refused },
});
const values = createRoute({
  ...{ method: 'post', path: '/v1/entries/values', operationId: 'readValues', security },
  summary: 'The most frequent values of a field',
  request: asked(valuesSchema),
  responses: { 200: json(valuesAnswer, 'Values, the most frequent first'), ...refused },
});

function questionOf({ from, to, filters, search }: z.output<typeof countSchema>): Required<DaysQuery> {
  const range = { start: BigInt(from), end: BigInt(to) };
  if (range.start >= range.end) throw new Problem('UNPROCESSABLE', 'from must be before to');
  const query: EntryQuery = { filters: filters as Filter[], ...(search && { search }) };
  return { range, query };
}

const BOUNDS = {
  ...{ atOnce: 8, waiting: 64, ms: 60_000 },
  busy: { detail: 'Too many questions wait for an answer', retryAfter: 1 },
  noIntake: 'This keeper does not keep entries: read from Loki',
};

/** Lines of a page together, in UTF-16 code units: a page of long lines has fewer of them. */
const PAGE_LENGTH = 16_000_000;

/** The operations that read entries, from what the keeper took in. */
export function addEntryRoutes(app: Api, days: Days | undefined): void {
  const ask = answerQuestions(days, BOUNDS);

  const answer = <T>(
    context: Pick<Context<ApiEnv>, 'get' | 'req'>,
    work: (reader: DaysReader) => Promise<T>,
  ): Promise<T & { upTo?: string }> =>
    ask(context, async ({ days: asked, tenant, signal }) => {
      const reader = await asked.reader(tenant, signal);
      try {
        return { ...(await work(reader)), ...reader.upTo };
      } catch (error) {
        if (error instanceof AuditError && error.code === 'INVALID_FILTER') {
          throw new Problem('UNPROCESSABLE', error.message, { cause: error });
        }
        throw error;
      }
    });

  app.openapi(rows, async (context) => {
    const { limit, after, everyLine, ...rest } = context.req.valid('json');
    const most = Math.min(limit, HEAP_ROWS - 1);
    const question = { ...questionOf(rest), limit: most + 1, everyLine, bytes: PAGE_LENGTH };
    const page = await answer(context, async (reader) => {
      const found = await reader.page({ ...question, ...(after && { after: { ...after, ns: BigInt(after.ns) } }) });
      const entries = found.rows.slice(0, most);
      const last = found.more || found.rows.length > most ? entries.at(-1) : undefined;
      return {
        entries: entries.map(({ ns, line }) => ({ ns: String(ns), line })),
        ...(last && { next: { ns: String(last.ns), id: last.id, hash: last.hash } }),
      };
    });
    return context.json(page, 200);
  });
  app.openapi(counted, async (context) => {
    const question = questionOf(context.req.valid('json'));
    return context.json(await answer(context, async (reader) => ({ count: await reader.count(question) })), 200);
  });
  app.openapi(volume, async (context) => {
    const { stepSeconds, ...rest } = context.req.valid('json');
    const question = questionOf(rest);
    const stepNs = BigInt(stepSeconds) * 1_000_000_000n;
    const { start, end } = question.range;
    if ((end - start) / stepNs > ENTRY_BOUNDS.steps) {
      throw new Problem(
        'UNPROCESSABLE',
        `The range has more than ${ENTRY_BOUNDS.steps} steps: use a longer stepSeconds`,
      );
    }
    const volumes = await answer(context, async (reader) => {
      const steps = await reader.volume(question, stepNs);
      return { steps: steps.map(({ startNs, outcome, count }) => ({ start: String(startNs), outcome, count })) };
    });
    return context.json(volumes, 200);
  });
  app.openapi(values, async (context) => {
    const { field, limit, ...rest } = context.req.valid('json');
    const question = questionOf(rest);
    const found = await answer(context, async (reader) => ({
      values: await reader.values(field as FilterField, question, limit),
    }));
    return context.json(found, 200);
  });
}
