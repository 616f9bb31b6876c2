const SLOT_MS = 5 * 60_000;
const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

// Activity in each hour (UTC) of a working day: most people are in one time zone, some in others.
const WORKING_DAY = [
  8, 7, 7, 7, 9, 14, 30, 62, 92, 100, 98, 90, 74, 88, 96, 94, 84, 66, 44, 32, 26, 22, 16, 11,
] as const;
const WEEKEND = 0.16;

/** Whether it is Saturday or Sunday (UTC). */
export function isWeekend(ms: number): boolean {
  const day = new Date(ms).getUTCDay();
  return day === 0 || day === 6;
}

/** The activity at a time, from 0 to 1; the hours of a working day merge into each other. */
export function activityAt(ms: number): number {
  const hour = (ms % DAY_MS) / HOUR_MS;
  const from = WORKING_DAY[Math.floor(hour)] ?? 0;
  const to = WORKING_DAY[(Math.floor(hour) + 1) % 24] ?? 0;
  const level = (from + (to - from) * (hour % 1)) / 100;
  return isWeekend(ms) ? level * WEEKEND + 0.02 : level;
}

/** Five minutes and the number of entries in them. */
export interface Slot {
  startMs: number;
  widthMs: number;
  count: number;
}

/** Distributes exactly this number of entries over the days before `endMs`, in proportion to the activity. */
export function* slots(entries: number, days: number, endMs: number): Generator<Slot, void> {
  const startMs = endMs - days * DAY_MS;
  const most = Math.ceil((endMs - startMs) / SLOT_MS);
  let total = 0;
  for (let n = 0; n < most; n++) total += activityAt(startMs + n * SLOT_MS);
  let sum = 0;
  let given = 0;
  for (let n = 0; n < most; n++) {
    const from = startMs + n * SLOT_MS;
    sum += activityAt(from);
    const until = n === most - 1 ? entries : Math.round((entries * sum) / total);
    yield { startMs: from, widthMs: Math.min(SLOT_MS, endMs - from), count: until - given };
    given = until;
  }
}
