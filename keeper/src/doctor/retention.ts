import { parseDurationMs } from '@auditrail/core/loki';
import { z } from 'zod';

/** No entry may be thrown away before it is this old. */
export const MIN_RETENTION_DAYS = 30;

const DAY_MS = 86_400_000;
/** One thing that was looked at; `remedy` says what to do where it is not `ok`. */
export interface Finding {
  ok: boolean;
  what: string;
  remedy?: string;
}

const period = z.union([z.string(), z.number().transform(String)]);

/** What Loki calls limits, as far as they throw entries away: in its configuration, per tenant, and in its own answer. */
export const retentionLimits = z.looseObject({
  retention_period: period.optional(),
  retention_stream: z.array(z.looseObject({ selector: z.string(), period })).nullish(),
});

export type RetentionLimits = z.output<typeof retentionLimits>;

function checkPeriod(text: string, whose: string, where: string): Finding {
  const ms = parseDurationMs(text);
  const remedy = `set it to ${MIN_RETENTION_DAYS}d or more in ${where}`;
  if (ms === undefined) return { ok: false, what: `${whose}: retention "${text}" is no duration`, remedy };
  // Loki keeps for ever what has a period of 0.
  if (ms === 0) return { ok: true, what: `${whose}: kept for ever` };
  if (ms >= MIN_RETENTION_DAYS * DAY_MS) return { ok: true, what: `${whose}: kept for ${text}` };
  return { ok: false, what: `${whose}: retention of ${text} is under ${MIN_RETENTION_DAYS} days`, remedy };
}

/**
 * Checks every period after which these limits throw entries away.
 *
 * @param tenant for people: `tenant acme`
 * @param where the file or server to mend
 */
export function checkRetention(limits: RetentionLimits, tenant: string, where: string): Finding[] {
  const streams = (limits.retention_stream ?? []).map((stream) =>
    checkPeriod(stream.period, `${tenant}, stream ${stream.selector}`, where),
  );
  const whole = limits.retention_period;
  return whole === undefined ? streams : [checkPeriod(whole, tenant, where), ...streams];
}
