import { PROFILE_BOUNDS } from './settings.ts';
import type { Position } from './travel.ts';

export const DAY_MS = 86_400_000;
export const HOUR_MS = 3_600_000;

/** Networks with the time of their last use, in milliseconds; the one that was used last is first. */
type Networks = [network: string, lastMs: number][];

/** Hours of a day (UTC) as bits; the newest day is first. */
type ActiveHours = [day: number, hours: number][];

/** What is remembered of a person, or of an API key. */
export interface AccountProfile {
  /** First and last sign-in, or use of a key; 0 for none. */
  firstMs: number;
  lastMs: number;
  /** Their number. */
  uses: number;
  networks: Networks;
  /** When the person did anything. */
  hours: ActiveHours;
  position?: Position & { ms: number };
}

export const newProfile = (): AccountProfile => ({ firstMs: 0, lastMs: 0, uses: 0, networks: [], hours: [] });

/** Notes a use; late ones too. */
export function noteUse(profile: AccountProfile, ms: number, network: string | undefined, uses = 1): void {
  profile.firstMs = profile.firstMs === 0 ? ms : Math.min(profile.firstMs, ms);
  profile.lastMs = Math.max(profile.lastMs, ms);
  profile.uses += uses;
  if (network !== undefined) profile.networks = withNetwork(profile.networks, network, ms);
}

function withNetwork(networks: Networks, network: string, ms: number): Networks {
  const known = networks.find(([name]) => name === network)?.[1] ?? 0;
  const others = networks.filter(([name]) => name !== network);
  return [...others, [network, Math.max(known, ms)] as [string, number]]
    .sort(([, a], [, b]) => b - a)
    .slice(0, PROFILE_BOUNDS.networks);
}

export const isKnownNetwork = ({ networks }: AccountProfile, network: string): boolean =>
  networks.some(([name]) => name === network);

/** @returns whether it changed anything */
export function noteHours(profile: AccountProfile, day: number, hours: number): boolean {
  const known = profile.hours.find(([each]) => each === day);
  if (known) {
    if ((known[1] | hours) === known[1]) return false;
    known[1] |= hours;
    return true;
  }
  const newest = Math.max(day, profile.hours[0]?.[0] ?? day);
  if (day <= newest - PROFILE_BOUNDS.hourDays) return false;
  profile.hours.push([day, hours]);
  profile.hours.sort(([a], [b]) => b - a);
  profile.hours = profile.hours.filter(([each]) => each > newest - PROFILE_BOUNDS.hourDays);
  return true;
}

export const dayOf = (ms: number): number => Math.floor(ms / DAY_MS);
const hourOf = (ms: number): number => Math.floor(ms / HOUR_MS) % 24;
/** The hour as a bit. */
export const hourBit = (ms: number): number => 1 << hourOf(ms);

/** How an hour is compared with those of the last 30 days. */
export interface UsualHours {
  /** So many active days must be known. */
  usualHoursDays: number;
  /** The shift of daylight saving time is within it. */
  usualHoursMargin: number;
}

/** Whether a person with enough active days was never active near this hour. */
export function isUnusualHour({ hours }: Pick<AccountProfile, 'hours'>, ms: number, usual: UsualHours): boolean {
  const { usualHoursDays, usualHoursMargin } = usual;
  const recent = hours.filter(([day]) => Math.abs(dayOf(ms) - day) <= PROFILE_BOUNDS.hourDays);
  if (recent.length < usualHoursDays) return false;
  let near = 0;
  for (let shift = -usualHoursMargin; shift <= usualHoursMargin; shift++) near |= 1 << ((hourOf(ms) + shift + 24) % 24);
  return recent.every(([, active]) => (active & near) === 0);
}
