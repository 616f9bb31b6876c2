import { LIMITS } from '@auditrail/core';
import { z } from '@hono/zod-openapi';
import { BOUNDS, count, field, filterSchema, text } from './schemas.ts';

/** Limits of questions about entries. */
export const ENTRY_BOUNDS = { page: LIMITS.pageEntriesMax, values: 1_000, steps: 5_000 } as const;

// Nanoseconds since 1970, as in Loki's API: a number of JSON cannot hold them.
const nanoseconds = (description: string) =>
  z
    .string()
    .regex(/^\d{1,18}$|^[1-8]\d{18}$/, 'must be a number of nanoseconds, without a sign')
    .openapi({ description, example: '1764288000000000000' });

const cursor = z
  .object({
    ns: nanoseconds('Time of the entry'),
    id: text(LIMITS.attributeBytes),
    hash: z.string().regex(/^[0-9a-f]{64}$/),
  })
  .openapi('EntryCursor', { description: 'The position of an entry in an answer' });

const question = {
  from: nanoseconds('Start of the range (included), in nanoseconds since 1970'),
  to: nanoseconds('End of the range (excluded)'),
  filters: z.array(filterSchema).max(BOUNDS.filters).default([]),
  search: text(BOUNDS.valueLength)
    .optional()
    .openapi({ description: 'Substring of the description, or of a searched field, in any case' }),
};

export const countSchema = z.strictObject(question).openapi('CountEntries');
export const rowsSchema = z
  .strictObject({
    ...question,
    limit: z.int().min(1).max(ENTRY_BOUNDS.page).default(LIMITS.pageEntries),
    after: cursor.optional().openapi({ description: 'Only entries behind this one: next of the page before' }),
    everyLine: z
      .boolean()
      .default(false)
      .openapi({ description: 'Also lines that repeat an entry with another link of a chain: to verify chains' }),
  })
  .openapi('ReadEntries');
export const volumeSchema = z
  .strictObject({ ...question, stepSeconds: z.int().min(1).openapi({ description: 'Width of a bar' }) })
  .openapi('ReadVolume');
export const valuesSchema = z
  .strictObject({ ...question, field, limit: z.int().min(1).max(ENTRY_BOUNDS.values).default(200) })
  .openapi('ReadValues');

const upTo = z.string().optional().openapi({
  description:
    'Arrival of the newest entry that the answer includes, in nanoseconds; missing if the tenant has no entries',
});

export const rowsAnswer = z
  .object({
    entries: z.array(z.object({ ns: z.string(), line: z.string() })),
    next: cursor.optional().openapi({ description: 'Missing on the last page' }),
    upTo,
  })
  .openapi('Entries');
export const countAnswer = z.object({ count, upTo }).openapi('EntryCount');
export const volumeAnswer = z
  .object({ steps: z.array(z.object({ start: z.string(), outcome: z.string(), count })), upTo })
  .openapi('EntryVolume');
export const valuesAnswer = z
  .object({ values: z.array(z.object({ value: z.string(), count })), upTo })
  .openapi('EntryValues');
