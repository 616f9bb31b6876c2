import { CATALOGUE } from '@auditrail/core/detections';
import { z } from '@hono/zod-openapi';
import { count } from './schemas.ts';

/** Limits of questions about rules. A longer time needs more memory and more entries. */
export const DETECTION_BOUNDS = {
  ...{ firings: 200, rangeDays: 400, threshold: 1_000_000 },
  ...{ minutes: 20_160, alertMinutes: 20_160, hoursAgo: 2_160 },
} as const;

const time = (description: string) =>
  z.iso.datetime({ precision: null }).optional().openapi({ description, example: '2026-11-01T00:00:00Z' });

const question = {
  from: time('Start of the range (included). Default: 30 days before its end'),
  to: time('End of the range (excluded). Default: now'),
  limit: z.coerce
    .number()
    .int()
    .min(0)
    .max(DETECTION_BOUNDS.firings)
    .default(20)
    .openapi({ type: 'integer', description: 'Firings of each rule, the latest ones' }),
};

export const detectionsQuery = z.strictObject({
  ...question,
  rule: z
    .string()
    .regex(/^[a-z0-9-]{1,64}$/)
    .optional()
    .openapi({ description: 'Only this rule', example: CATALOGUE[0]?.id }),
  thresholds: z
    .string()
    .regex(/^[A-Za-z]{1,32}=[1-9]\d{0,6}(?:,[A-Za-z]{1,32}=[1-9]\d{0,6}){0,7}$/)
    .optional()
    .openapi({ description: 'Thresholds of this rule, to try them', example: 'failures=40,minutes=10' }),
});

const stamp = z.iso.datetime();
const thresholds = z.record(z.string(), z.int()).openapi({ example: { failures: 20, minutes: 5 } });
const firing = z
  .object({
    at: stamp.openapi({ description: 'Time of the entry that completed the pattern' }),
    since: stamp.openapi({ description: 'Time of the first entry in the window' }),
    labels: z.record(z.string(), z.string()).openapi({ description: 'The labels that the alert would have' }),
    value: z.number(),
  })
  .openapi('Firing');
const selection = z
  .object({
    use: z.enum(['entries', 'or', 'except', 'first', 'last']).openapi({
      description: 'first and last: of a sequence; or: of a higher threshold; except: show that a group is harmless',
    }),
    entries: count,
    fields: z.array(z.string()).openapi({ description: 'Fields that the entries must have' }),
    withoutFields: count.optional().openapi({
      description: 'Entries that lack one of the fields, at most 1,000; missing if there are entries that have them',
    }),
  })
  .openapi('RuleSelection');
export const detectionSchema = z
  .object({
    ...{ id: z.string(), title: z.string(), condition: z.string(), thresholds, isDisabled: z.boolean() },
    canFire: z.boolean().openapi({ description: 'Whether the range has entries of each kind that the rule needs' }),
    selections: z.array(selection),
    fired: count,
    lastFired: stamp.optional(),
    firings: z.array(firing).openapi({ description: 'The latest ones, newest first' }),
    ms: count.openapi({ description: 'How long it took' }),
  })
  .openapi('Detection');
const range = { from: stamp, to: stamp };
export const detectionsAnswer = z.object({ ...range, rules: z.array(detectionSchema) }).openapi('Detections');
