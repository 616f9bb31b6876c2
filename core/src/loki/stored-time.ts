import type { TrailLine } from './entry-identity.ts';
import { formatTime, parseTime } from '../time.ts';

// Senders may write fewer digits than the record's own time has.
const SAME_NS = 1_000_000n;

/**
 * The time that an entry is stored under, where it is not the one that its line claims: the collector stores what is too far
 * ahead or too old (`LIMITS.aheadMs`, `LIMITS.firstTime`) under the time of arrival. `undefined` where both are the same, to
 * the millisecond.
 */
export function storedTime({ ns, entry }: Pick<TrailLine, 'ns' | 'entry'>): string | undefined {
  const claimed = entry && parseTime(entry.time);
  if (claimed === undefined) return undefined;
  const apart = ns > claimed ? ns - claimed : claimed - ns;
  return apart > SAME_NS ? formatTime(ns) : undefined;
}
