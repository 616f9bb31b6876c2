import type { TrailLine } from './entry-identity.ts';
import { formatTime, parseTime } from '../time.ts';

// Senders may write fewer digits than the record's own time has.
const SAME_NS = 1_000_000n;

/**
 * The time under which an entry is stored, if it differs from the time in its line: the collector stores an entry that is
 * too far ahead or too old (`LIMITS.aheadMs`, `LIMITS.firstTime`) under its time of arrival. `undefined` if both are the
 * same, to the millisecond.
 */
export function storedTime({ ns, entry }: Pick<TrailLine, 'ns' | 'entry'>): string | undefined {
  const claimed = entry && parseTime(entry.time);
  if (claimed === undefined) return undefined;
  const apart = ns > claimed ? ns - claimed : claimed - ns;
  return apart > SAME_NS ? formatTime(ns) : undefined;
}
