import { AuditError } from '@auditrail/core';
import type { EntryQuery, Filter, FilterField } from '@auditrail/core/query';
import { createRoute, type z } from '@hono/zod-openapi';
import type { DaysQuery } from '../days/read-days.ts';
import type { Days } from '../days/days.ts';
import { requireScope } from './authenticate.ts';
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
import { json, refusals, security, type Api } from './routes.ts';
import type { Caller } from './export-job.ts';

const asked = <T extends z.ZodType>(schema: T) => ({
  body: { required: true, content: { 'application/json': { schema } } },
});
const refused = refusals('NO_INTAKE', 'TOO_LARGE', 'WRONG_TYPE', 'UNPROCESSABLE');

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

async function answered<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AuditError && error.code === 'INVALID_FILTER') {
      throw new Problem('UNPROCESSABLE', error.message, { cause: error });
    }
    throw error;
  }
}

/** The operations that read entries, from what the keeper took in. */
export function addEntryRoutes(app: Api, days: Days | undefined): void {
  const readerOf = async (caller: Caller) => {
    requireScope(caller, 'entries:read');
    if (!days) throw new Problem('NO_INTAKE', 'This keeper does not keep entries: read from Loki');
    return days.reader(caller.tenant);
  };
  app.openapi(rows, async (context) => {
    const reader = await readerOf(context.get('caller'));
    const { limit, after, everyLine, ...rest } = context.req.valid('json');
    const question = { ...questionOf(rest), limit: limit + 1, everyLine };
    const found = await answered(() =>
      reader.rows({ ...question, ...(after && { after: { ...after, ns: BigInt(after.ns) } }) }),
    );
    const page = found.slice(0, limit);
    const last = found.length > limit ? page.at(-1) : undefined;
    return context.json(
      {
        entries: page.map(({ ns, line }) => ({ ns: String(ns), line })),
        ...(last && { next: { ns: String(last.ns), id: last.id, hash: last.hash } }),
        ...reader.upTo,
      },
      200,
    );
  });
  app.openapi(counted, async (context) => {
    const reader = await readerOf(context.get('caller'));
    const question = questionOf(context.req.valid('json'));
    return context.json({ count: await answered(() => reader.count(question)), ...reader.upTo }, 200);
  });
  app.openapi(volume, async (context) => {
    const reader = await readerOf(context.get('caller'));
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
    const steps = await answered(() => reader.volume(question, stepNs));
    return context.json(
      {
        steps: steps.map(({ startNs, outcome, count }) => ({ start: String(startNs), outcome, count })),
        ...reader.upTo,
      },
      200,
    );
  });
  app.openapi(values, async (context) => {
    const reader = await readerOf(context.get('caller'));
    const { field, limit, ...rest } = context.req.valid('json');
    const question = questionOf(rest);
    const found = await answered(() => reader.values(field as FilterField, question, limit));
    return context.json({ values: found, ...reader.upTo }, 200);
  });
}
