/** A time zone: `UTC`, `+02:00` or a name such as `Europe/Berlin`. */
export type Zone = string;

const OFFSET = /^([+-])(\d{2}):?(\d{2})$/;
const HOUR_MS = 3_600_000;
const formats = new Map<Zone, Intl.DateTimeFormat>();
const offsets = new Map<string, number>();

function formatOf(zone: Zone): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (!format) {
    const numbers = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' } as const;
    format = new Intl.DateTimeFormat('en-US', { ...numbers, second: 'numeric', hourCycle: 'h23', timeZone: zone });
    formats.set(zone, format);
  }
  return format;
}

/** @throws RangeError if there is no such zone */
export function checkZone(zone: Zone): Zone {
  if (!OFFSET.test(zone)) formatOf(zone);
  return zone;
}

// The zone's offset from UTC in milliseconds at a time. Offsets only change at full quarters of an hour.
function aheadAt(ms: number, zone: Zone): number {
  const [, sign, hours, minutes] = OFFSET.exec(zone) ?? [];
  if (hours !== undefined) return (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === '-' ? -1 : 1);
  const quarter = Math.floor(ms / (HOUR_MS / 4));
  const key = `${zone} ${quarter}`;
  let ahead = offsets.get(key);
  if (ahead === undefined) {
    const at = quarter * (HOUR_MS / 4);
    const parts = new Map(
      formatOf(zone)
        .formatToParts(at)
        .map(({ type, value }) => [type, Number(value)]),
    );
    const part = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) ?? 0;
    const wall = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
    ahead = wall - at;
    if (offsets.size > 10_000) offsets.clear();
    offsets.set(key, ahead);
  }
  return ahead;
}

/** The UTC time at which the zone's local time is `wall` (local time as if it were UTC); the earlier one if there are two. */
export function utcOf(wall: number, zone: Zone): number {
  const guess = wall - aheadAt(wall, zone);
  const before = wall - aheadAt(guess - HOUR_MS, zone);
  return wall - aheadAt(before, zone) === before ? before : wall - aheadAt(guess, zone);
}
