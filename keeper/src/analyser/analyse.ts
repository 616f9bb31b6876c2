import { nsToMs } from '@auditrail/core';
import type { AnalysedEvent } from './event.ts';
import type { Finding, FindingAction } from './finding.ts';
import {
  DAY_MS,
  dayOf,
  hourBit,
  HOUR_MS,
  isKnownNetwork,
  isUnusualHour,
  newProfile,
  noteHours,
  noteUse,
  type AccountProfile,
} from './profile.ts';
import { noteSighting, type SessionProfile } from './session.ts';
import type { AnalyserSettings } from './settings.ts';
import { distanceKm } from './travel.ts';

/** What is remembered; a profile that was read and changed must be put back. */
export interface Profiles {
  account(kind: 'person' | 'key', key: string): AccountProfile | undefined;
  session(id: string): SessionProfile | undefined;
  put(kind: 'person' | 'key', key: string, profile: AccountProfile): void;
  putSession(id: string, profile: SessionProfile): void;
  /** Notes that something was reported for a day. @returns whether it was not before */
  isFirstOfDay(what: string, day: number): boolean;
  /** Days on which the tenant had entries. */
  noteDay(day: number): void;
  readonly historyDays: number;
}

/** Entries with a later time than this after their arrival are ignored. */
const MAX_AHEAD_NS = 3_600_000_000_000n;

type Found = [action: FindingAction, properties: Finding['properties']];

/** Learns from an entry, and returns what is wrong with it. An entry that is not judged is only learned from. */
export function analyse(
  event: AnalysedEvent,
  profiles: Profiles,
  settings: AnalyserSettings,
  isJudged: boolean,
): Finding[] {
  // A wrong clock must not displace what is known of the last days.
  if (event.ns - event.arrivalNs > MAX_AHEAD_NS) return [];
  const ms = nsToMs(event.ns);
  const hasHistory = profiles.historyDays >= settings.learningDays;
  const found: Found[] = [];
  profiles.noteDay(dayOf(ms));
  const { account } = event;
  if (account?.type === 'user' && event.isSuccess) {
    found.push(...person(event, account.key, ms, { profiles, settings, hasHistory }));
  }
  if (account?.type === 'api_key' && event.isSuccess && event.network !== undefined) {
    found.push(...apiKey(event.network, account.key, ms, { profiles, settings, hasHistory }));
  }
  if (account?.type === 'agent') found.push(...agent(event, account.key, ms, { profiles, settings, hasHistory }));
  // The keeper's own findings have the session of their cause, without its user agent.
  const isSystem = account?.type === 'system';
  if (event.sessionId !== undefined && event.network !== undefined && event.isSuccess && !isSystem) {
    const known = profiles.session(event.sessionId) ?? { seen: [], isReported: false };
    const { isChanged, networks } = noteSighting(known, { ...event, network: event.network, ms }, settings);
    if (isChanged) profiles.putSession(event.sessionId, known);
    if (networks) found.push(['security.session.networks', { networks, minutes: settings.sessionMinutes }]);
  }
  return isJudged ? found.map(([action, properties]) => ({ action, cause: event, properties })) : [];
}

interface Context {
  profiles: Profiles;
  settings: AnalyserSettings;
  hasHistory: boolean;
}

function person(event: AnalysedEvent, key: string, ms: number, { profiles, settings, hasHistory }: Context): Found[] {
  const profile = profiles.account('person', key) ?? newProfile();
  const isSignIn = settings.signIn.includes(event.action);
  const found = isSignIn ? signIn(event, profile, ms, { settings, hasHistory }) : [];
  if (
    isSignIn &&
    hasHistory &&
    isStrangeHour(profile, ms, settings) &&
    profiles.isFirstOfDay(`hours ${key}`, dayOf(ms))
  ) {
    found.push(['security.hours.unusual', { hour: new Date(ms).getUTCHours(), usualHours: hoursText(profile) }]);
  }
  if (isSignIn) {
    noteUse(profile, ms, event.network);
    if (event.position && ms >= (profile.position?.ms ?? 0)) profile.position = { ...event.position, ms };
  }
  if (noteHours(profile, dayOf(ms), hourBit(ms)) || isSignIn) profiles.put('person', key, profile);
  return found;
}

function signIn(
  { network, position }: AnalysedEvent,
  profile: AccountProfile,
  ms: number,
  { settings, hasHistory }: Omit<Context, 'profiles'>,
): Found[] {
  const found: Found[] = [];
  const { uses, lastMs, networks, position: previous } = profile;
  const silentDays = Math.floor((ms - lastMs) / DAY_MS);
  if (lastMs > 0 && silentDays >= settings.dormantDays) {
    found.push(['security.account.dormant', { days: silentDays, previousSignIn: new Date(lastMs).toISOString() }]);
  }
  const isLearned = hasHistory && uses >= settings.learningSignIns;
  // Without any network, the application did not record addresses before.
  if (isLearned && network !== undefined && networks.length > 0 && !isKnownNetwork(profile, network)) {
    found.push(['security.network.new', { network, previousNetworks: networks.slice(0, 5).map(([name]) => name) }]);
  }
  if (position && previous) {
    const km = distanceKm(previous, position);
    // Two sign-ins of one minute could not be told from a person with two devices by speed alone.
    const hours = Math.max(Math.abs(ms - previous.ms), 60_000) / HOUR_MS;
    if (km > settings.travelKm && km / hours > settings.travelKmh) {
      const speed = { distanceKm: Math.round(km), speedKmh: Math.round(km / hours) };
      found.push(['security.travel.impossible', { ...speed, previousSignIn: new Date(previous.ms).toISOString() }]);
    }
  }
  return found;
}

// Without the day itself: steps of the sign-in, such as a second factor, can come before it.
function isStrangeHour({ hours, uses }: AccountProfile, ms: number, settings: AnalyserSettings): boolean {
  const others = hours.filter(([day]) => day !== dayOf(ms));
  return uses >= settings.learningSignIns && isUnusualHour({ hours: others }, ms, settings);
}

function apiKey(network: string, key: string, ms: number, { profiles, settings, hasHistory }: Context): Found[] {
  const profile = profiles.account('key', key) ?? newProfile();
  const isNew = !isKnownNetwork(profile, network);
  const isLearned = hasHistory && profile.uses >= settings.learningSignIns;
  const previousNetworks = profile.networks.slice(0, 5).map(([name]) => name);
  // Each use of a busy key would be a write: the time of a known network is exact to the hour.
  const lastUse = profile.networks.find(([name]) => name === network)?.[1] ?? 0;
  if (isNew || profile.uses < settings.learningSignIns || ms - lastUse > HOUR_MS) {
    noteUse(profile, ms, network);
    profiles.put('key', key, profile);
  }
  return isNew && isLearned ? [['security.token.network', { network, previousNetworks }]] : [];
}

function agent(event: AnalysedEvent, key: string, ms: number, { profiles, settings, hasHistory }: Context): Found[] {
  for (const owner of event.owners) {
    const profile = profiles.account('person', owner);
    if (!profile) continue;
    if (!hasHistory || !isUnusualHour(profile, ms, settings)) return [];
    if (!profiles.isFirstOfDay(`agent ${key} ${owner}`, dayOf(ms))) return [];
    const hours = { hour: new Date(ms).getUTCHours(), usualHours: hoursText(profile) };
    return [['security.agent.hours', { owner, ...hours }]];
  }
  return [];
}

/** All active hours of the last 30 days (UTC): `7-9, 13`. */
function hoursText({ hours }: AccountProfile): string {
  const all = hours.reduce((bits, [, active]) => bits | active, 0);
  const parts: string[] = [];
  for (let hour = 0; hour < 24; hour++) {
    if ((all & (1 << hour)) === 0) continue;
    const first = hour;
    while (hour < 23 && (all & (1 << (hour + 1))) !== 0) hour++;
    parts.push(first === hour ? `${hour}` : `${first}-${hour}`);
  }
  return parts.join(', ');
}
