import { completeEntry, formatTime, msToNs, type AuditEntry, type AuditEntryInput } from '@auditrail/core';
import type { Step } from './steps.ts';

/** An entry with its time and application. */
export interface TimedEntry {
  ms: number;
  entry: AuditEntryInput;
  service?: string | undefined;
}

/** The steps with their times, if the scenario ends at `endMs`. */
export const timedEntries = (steps: readonly Step[], endMs: number): TimedEntry[] =>
  steps.map(({ secondsAgo, entry, service }) => ({
    ms: Math.round(endMs - secondsAgo * 1000),
    entry: typeof entry === 'function' ? entry(endMs) : entry,
    service,
  }));

/** A complete entry without recording it. `n` distinguishes entries of the same millisecond. */
export function completeAt({ ms, entry, service = 'scenarios' }: TimedEntry, n: number): AuditEntry {
  const time = ms.toString(16).padStart(12, '0');
  const id = `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${n.toString(16).padStart(12, '0')}`;
  return completeEntry(entry, { id, time: formatTime(msToNs(ms)), service });
}
