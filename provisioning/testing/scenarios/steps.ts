import type { AuditEntryInput } from '@auditrail/core';

/** An entry of a scenario, with its age at the end of the scenario. */
export interface Step {
  secondsAgo: number;
  /** The entry, or what makes it from the end of the scenario if it contains a time. */
  entry: AuditEntryInput | ((endMs: number) => AuditEntryInput);
  /** The application that records it, if it matters: one without this SDK, which would also record its own start. */
  service?: string;
}

/** `times` entries, the first `from` seconds ago and the last `to` seconds ago, at even distances. */
export function spread(times: number, from: number, to: number, entry: (i: number) => AuditEntryInput): Step[] {
  const apart = times > 1 ? (from - to) / (times - 1) : 0;
  return Array.from({ length: times }, (_, i) => ({ secondsAgo: to + (times - 1 - i) * apart, entry: entry(i) }));
}

/** `times` entries at a rate at which one fewer than `times` are in any window of these minutes. */
export function tooSlow(times: number, minutes: number, entry: (i: number) => AuditEntryInput): Step[] {
  const apart = (minutes * 60) / (times - 1) + 1;
  return spread(times, apart * (times - 1), 0, entry);
}

/** An entry now, or some seconds ago. */
export const one = (entry: Step['entry'], secondsAgo = 0): Step => ({ secondsAgo, entry });

/** The same entry, but it failed. */
export const failing = (entry: AuditEntryInput): AuditEntryInput => ({ ...entry, outcome: 'failure' });

/** The same entry, by a job. */
export const byJob = (entry: AuditEntryInput, id: string): AuditEntryInput => ({
  ...entry,
  actor: { type: 'service', id },
});
