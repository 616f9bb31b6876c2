import { LIMITS } from '@auditrail/core';
import { CSV_COLUMNS } from '@auditrail/core/formats';
import { FILTER_FIELDS, FILTER_OPERATORS } from '@auditrail/core/query';
import { z } from '@hono/zod-openapi';
import { PIPELINE_CODES } from '../pipeline/finding.ts';
import { JOB_FORMATS, STATUSES } from './export-job.ts';
import { PROBLEMS, type ProblemCode } from './problem.ts';

/** Limits of requests. */
export const BOUNDS = {
  bodyBytes: 65_536,
  rangeDays: LIMITS.exportDays,
  filters: 50,
  values: 100,
  columns: 50,
  valueLength: 1_000,
  list: 200,
  /** Queued and running exports of a tenant. */
  unfinished: 20,
  /** All exports of a tenant. */
  exports: 500,
} as const;

// A name is displayed, logged and becomes part of a file's name: no control or invisible characters, none that change the
// text direction, none with a meaning to a file system, no dots or spaces at its ends.
const BAD = String.raw`\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff/\\<>:"|?*`;
const NAME = new RegExp(`^[^${BAD}. ]([^${BAD}]{0,118}[^${BAD}. ])?$`, 'u');

const wellFormed = (text: string) => text.isWellFormed();
const areUnique = (names: readonly string[]) => new Set(names).size === names.length;
export const text = (longest: number) => z.string().max(longest).refine(wellFormed, 'must be well-formed Unicode');

const named = (names: readonly string[], more = '') =>
  z.string().regex(new RegExp(`^(${names.join('|')}|scope\\.[a-z][a-z0-9_]{0,31}${more})$`));
export const field = named(FILTER_FIELDS, '|properties(\\.[A-Za-z0-9_-]{1,64}){1,8}');
const columns = z.array(named(Object.keys(CSV_COLUMNS)));
const value = text(BOUNDS.valueLength).min(1);
const several = FILTER_OPERATORS.filter((operator) => operator.endsWith('any of'));
const single = FILTER_OPERATORS.filter((operator) => !operator.endsWith('any of'));
export const filterSchema = z
  .union([
    z.strictObject({ field, operator: z.enum(single), values: z.array(value).min(1).max(1) }),
    z.strictObject({
      field,
      operator: z.enum(several),
      values: z.array(value).min(1).max(BOUNDS.values),
    }),
  ])
  .openapi('Filter', { description: 'One condition; entries must meet all of them.' });

const time = (description: string) =>
  z.iso.datetime({ precision: null }).openapi({ description, example: '2026-11-21T00:00:00Z' });

export const startSchema = z
  .strictObject({
    name: z
      .string()
      .regex(
        NAME,
        'must have 1 to 120 characters, without / \\ < > : " | ? *, invisible characters, and dots or spaces at its ends',
      )
      .refine(wellFormed, 'must be well-formed Unicode')
      .openapi({ description: 'Display name', example: 'Sign-ins of November' }),
    formats: z
      .array(z.enum(JOB_FORMATS))
      .min(1)
      .max(JOB_FORMATS.length)
      .refine(areUnique, 'must not repeat a format')
      .openapi({ uniqueItems: true, example: ['ndjson'] }),
    from: time('Start of the range (included)'),
    to: time(`End of the range (excluded). At most ${BOUNDS.rangeDays} days after from`),
    filters: z.array(filterSchema).max(BOUNDS.filters).default([]),
    search: text(BOUNDS.valueLength).optional().openapi({ description: 'Substring of the description, in any case' }),
    columns: columns
      .max(BOUNDS.columns)
      .refine(areUnique, 'must not repeat a column')
      .optional()
      .openapi({
        uniqueItems: true,
        description: 'Columns of CSV, besides those in every file, in this order. Default: all',
        example: ['ip', 'scope.project'],
      }),
  })
  .openapi('StartExport');

export const count = z.int().min(0);
const stamp = z.iso.datetime();
export const exportSchema = z
  .object({
    id: z.uuid(),
    name: z.string(),
    formats: z.array(z.enum(JOB_FORMATS)),
    from: z.string(),
    to: z.string(),
    filters: z.array(z.object({ field: z.string(), operator: z.string(), values: z.array(z.string()) })),
    search: z.string().optional(),
    columns: columns.optional(),
    createdBy: z.object({
      type: z.enum(['user', 'api_key']),
      id: z.string(),
      name: z.string(),
      email: z.string().optional(),
    }),
    status: z.enum(STATUSES),
    createdAt: stamp,
    startedAt: stamp.optional(),
    finishedAt: stamp.optional(),
    expiresAt: stamp.optional().openapi({ description: 'When its files are deleted' }),
    progress: z
      .object({ rows: count, bytes: count, done: z.number().min(0).max(1) })
      .optional()
      .openapi({ description: 'Progress of a running export; done is the share of the range' }),
    rows: count.optional(),
    files: z
      .array(z.object({ format: z.enum(JOB_FORMATS), rows: count, bytes: count, sha256: z.string() }))
      .optional()
      .openapi({ description: 'Files to download; size and hash are of the file in the ZIP' }),
    error: z.object({ code: z.string(), message: z.string() }).optional(),
  })
  .openapi('Export');

export const listSchema = z
  .object({
    exports: z.array(exportSchema),
    total: count.openapi({ description: 'Number of all exports of the tenant' }),
    signer: z
      .object({ keyId: z.string(), publicKey: z.string() })
      .optional()
      .openapi({ description: 'The Ed25519 key that signs the manifests of exports; the public key is in PEM' }),
    next: z
      .uuid()
      .optional()
      .openapi({ description: 'Value of the parameter before for the next page; missing on the last page' }),
  })
  .openapi('ExportList');

export const listQuery = z.object({
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(BOUNDS.list)
    .default(50)
    .openapi({ type: 'integer', minimum: 1, maximum: BOUNDS.list }),
  before: z.uuid().optional().openapi({ description: 'Only exports that are older than the one with this id' }),
});

export const idParams = z.object({ id: z.uuid() });
export const fileParams = z.object({ id: z.uuid(), format: z.enum(JOB_FORMATS) });

export const pipelineSchema = z
  .object({
    watched: z.boolean().openapi({ description: 'Whether the pipeline is checked' }),
    checkedAt: stamp.optional().openapi({ description: 'The last check; missing before the first' }),
    problems: z.array(
      z.object({
        code: z.enum(PIPELINE_CODES),
        since: stamp.openapi({ description: 'Entries from here on may be missing or late' }),
        last: stamp.openapi({ description: 'When it was last seen' }),
        reason: z.string().optional().openapi({ description: "Loki's reason for refusing entries" }),
        count: count.optional().openapi({ description: 'Entries since then' }),
      }),
    ),
    keeper: z
      .object({
        comparedTo: stamp.optional().openapi({ description: 'Everything up to here was compared with Loki' }),
        comparedAllAt: stamp.optional().openapi({ description: 'When all that Loki keeps was last compared' }),
        added: count.openapi({ description: 'Entries that the keeper had missed, and took from Loki' }),
        addedAt: stamp.optional().openapi({ description: 'The last time' }),
        waiting: count.openapi({ description: 'Stretches of time with differences that are not examined yet' }),
        missingInLoki: count.openapi({ description: 'Entries that the keeper holds and Loki does not' }),
        error: z.string().optional().openapi({ description: 'Why they cannot be compared' }),
      })
      .optional()
      .openapi({
        description: "How the keeper's entries compare with those in Loki. Omitted if the keeper does not compare them",
      }),
  })
  .openapi('PipelineHealth', { description: 'Problems that keep entries of the tenant from arriving' });

const codes = Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]];
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.enum(codes),
    detail: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .openapi('Problem', { description: 'Problem details (RFC 9457); code never changes its meaning' });
