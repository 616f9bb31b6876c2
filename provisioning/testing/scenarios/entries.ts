import { completeEntry, formatTime, msToNs, type AuditEntry, type AuditEntryInput } from '@auditrail/core';
import type { Step } from './steps.ts';

/** The steps with their times, if the scenario ends at `endMs`. */
export const timedEntries = (steps: readonly Step[], endMs: number): { ms: number; entry: AuditEntryInput }[] =>
  steps.map(({ secondsAgo, entry }) => ({ ms: Math.round(endMs - secondsAgo * 1000), entry }));

/** A complete entry without recording it. */
export const entryAt = (ms: number, input: AuditEntryInput, n: number): AuditEntry =>
  completeEntry(input, {
    id: `00000000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`,
    time: formatTime(msToNs(ms)),
    service: 'scenario',
  });
