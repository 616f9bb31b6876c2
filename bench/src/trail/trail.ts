import { completeEntry, formatTime, msToNs } from '@auditrail/core';
import { seededRandom } from '../random.ts';
import { createActions, SERVICES, type ActionKind } from './actions.ts';
import { slots, type Slot } from './calendar.ts';
import { Emitter, type TrailEntry } from './emitters.ts';
import { entryOf, type Occurrence } from './entry-of.ts';
import { idAt } from './ids.ts';
import { createSessions, type Session } from './sessions.ts';
import { oneOf } from './weighted.ts';

export interface TrailOptions {
  entries: number;
  days: number;
  /** The same seed results in the same trail. Default: 1. */
  seed?: number;
  /** The end of the days, in milliseconds since 1970. */
  endMs: number;
}

// Each of the rare actions occurs this often in a year.
const RARE_A_YEAR = 12;
// Attacks and outages are a few percent of all entries, in two bursts a day.
const ATTACKED = 0.012;
const BURSTS_A_DAY = 2;
// People are at work for half an hour, and leave 15 entries.
const OPEN_SESSIONS = 2;

/**
 * Entries like those of a company, oldest first, one at a time: 5,000 actors of whom few are busy, office hours and
 * weekends, sessions and traces, agents that act for people, scheduled jobs, attacks and outages. 300 actions in 12
 * channels, 60 of them rare. Each of 16 processes has a chain, which restarts now and then.
 *
 * @example for (const { line } of trail({ entries: 300_000, days: 3, endMs: Date.now() })) console.log(line);
 */
export function* trail({ entries, days, seed = 1, endMs }: TrailOptions): Generator<TrailEntry, void> {
  const random = seededRandom(seed);
  const actions = createActions(entries);
  const sessions = createSessions(actions, random);
  const emitters = SERVICES.flatMap((service) => [new Emitter(service), new Emitter(service)]);
  const rareShare = (actions.rare.length * RARE_A_YEAR * days) / 365 / entries;
  const burstSize = Math.max(2, Math.round((entries * ATTACKED) / (BURSTS_A_DAY * days)));
  const open: Session[] = [];
  let attack: Session | undefined;
  // Comes after a statement about the chain.
  let held: Occurrence | undefined;
  let outage: { channel: string; untilMs: number } | undefined;

  const kindFor = (session: Session): ActionKind => {
    if (random() < rareShare) return oneOf(actions.rare, random);
    const { habits } = session;
    // The first habits most.
    if (random() < 0.8) return habits[Math.floor(habits.length * random() ** 2)] as ActionKind;
    return actions.common[actions.drawCommon(random)] as ActionKind;
  };
  const errorFor = (kind: ActionKind, ms: number): Occurrence['error'] => {
    if (outage && ms < outage.untilMs && kind.channel === outage.channel && random() < 0.7) return 'unavailable';
    const dice = random();
    return dice < 0.012 ? 'forbidden' : dice < 0.025 ? 'invalid' : undefined;
  };
  const nextIn = (session: Session, ms: number): Occurrence => {
    const isFirst = session.isNew;
    session.isNew = false;
    session.left--;
    const signsIn = session.source?.sessionId !== undefined;
    if (isFirst && signsIn) return { session, kind: actions.login };
    if (session.left <= 0 && signsIn && random() < 0.4) return { session, kind: actions.logout };
    const kind = kindFor(session);
    const error = errorFor(kind, ms);
    return { session, kind, ...(error && { error }) };
  };
  const next = (ms: number, wanted: number): Occurrence => {
    if (attack && random() < 0.5) {
      const victim = sessions.people[Math.floor(random() * sessions.people.length)];
      const session = attack;
      if (--session.left <= 0) attack = undefined;
      const isKnown = victim?.actor.email !== undefined;
      return { session, kind: actions.login, error: 'invalid_credentials', ...(isKnown && { victim }) };
    }
    if (open.length < wanted) open.push(sessions.open(ms));
    const at = Math.floor(random() * open.length);
    const session = open[at] as Session;
    const occurrence = nextIn(session, ms);
    if (session.left <= 0) {
      open[at] = open.at(-1) as Session;
      open.pop();
    }
    return occurrence;
  };
  const startBursts = ({ startMs, widthMs }: Slot) => {
    const chance = (BURSTS_A_DAY * widthMs) / 86_400_000;
    if (!attack && random() < chance) attack = sessions.attack(burstSize);
    if (random() < chance) {
      outage = { channel: oneOf(actions.common, random).channel, untilMs: startMs + 4 * widthMs };
    }
    if (startMs % 86_400_000 === 0) for (const emitter of emitters) if (random() < 0.4) emitter.restart();
  };

  for (const slot of slots(entries, days, endMs)) {
    startBursts(slot);
    const { startMs, widthMs, count } = slot;
    const wanted = 3 + Math.round(OPEN_SESSIONS * 0.2 * count);
    for (let n = 0; n < count; n++) {
      // Somewhere in its part of the five minutes: times rise, and are unique.
      const at = ((n + 0.9 * random()) * widthMs) / count;
      const ms = startMs + Math.floor(at);
      const ns = msToNs(ms) + BigInt(Math.floor((at % 1) * 1_000_000));
      const occurrence: Occurrence = held ?? next(ms, wanted);
      const emitter = emitters[occurrence.kind.service * 2 + occurrence.session.instance] as Emitter;
      const stamp = { id: idAt(ms, random), service: emitter.service, time: formatTime(ns) };
      const statement = emitter.statement(stamp.id);
      held = statement && occurrence;
      yield emitter.add(ns, statement ? completeEntry(statement, stamp) : entryOf(occurrence, stamp, random));
    }
  }
}
