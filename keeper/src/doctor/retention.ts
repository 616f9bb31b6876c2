import { parseDurationMs } from '@auditrail/core/loki';
import { z } from 'zod';

/** No entry may be deleted before it is this old. */
export const MIN_RETENTION_DAYS = 30;

const DAY_MS = 86_400_000;

/** The result of one check; `remedy` is what to do if it is not `ok`. */
export interface Finding {
  ok: boolean;
  what: string;
  remedy?: string;
}

const period = z.union([z.string(), z.number().transform(String)]);

/** The part of Loki's limits that deletes entries: in its configuration, per tenant, and in its own answer. */
export const retentionLimits = z.looseObject({
  retention_period: period.optional(),
  retention_stream: z.array(z.looseObject({ selector: z.string(), period })).nullish(),
});

export type RetentionLimits = z.output<typeof retentionLimits>;

function checkPeriod(text: string, whose: string, source: string): Finding {
  const ms = parseDurationMs(text);
  const remedy = `set it to ${MIN_RETENTION_DAYS}d or more in ${source}`;
  if (ms === undefined) return { ok: false, what: `${whose}: retention "${text}" is not a duration`, remedy };
  // A period of 0 means forever to Loki.
  if (ms === 0) return { ok: true, what: `${whose}: kept forever` };
  if (ms >= MIN_RETENTION_DAYS * DAY_MS) return { ok: true, what: `${whose}: kept for ${text}` };
  return { ok: false, what: `${whose}: retention of ${text} is under ${MIN_RETENTION_DAYS} days`, remedy };
}

/**
 * Checks every period after which entries are deleted.
 *
 * @param tenant the text for people: `tenant acme`
 * @param source the file or server to fix
 */
export function checkRetention(limits: RetentionLimits, tenant: string, source: string): Finding[] {
  const streams = (limits.retention_stream ?? []).map((stream) =>
    checkPeriod(stream.period, `${tenant}, stream ${stream.selector}`, source),
  );
  const whole = limits.retention_period;
  return whole === undefined ? streams : [checkPeriod(whole, tenant, source), ...streams];
}
