import { evaluate, type Firing, type Pattern } from '@auditrail/core/detections';
import type { ArrivedEvent } from '../backtest/rule-events.ts';
import { firstAfter } from './first-after.ts';

/** When the ruler evaluates its rules. */
export interface RulerClock {
  /** Time between two evaluations of a rule, in milliseconds. */
  everyMs: number;
  /** Time until an entry that arrived can be queried, in milliseconds. */
  delayMs: number;
  /** The time of some evaluation, in milliseconds; missing if it is not known. */
  phaseMs?: number | undefined;
}

/** Moments at which a firing is looked for. More arrivals are sampled. */
const MAX_MOMENTS = 300;

interface Moment {
  /** Entries that arrived later are not visible. */
  seesUpTo: number;
  /** The end of the window. */
  end: number;
}

/** Two alerts of one rule are the same if no label that both have differs. */
export function isSameAlert(a: Firing['labels'], b: Firing['labels']): boolean {
  return Object.entries(a).every(([name, value]) => b[name] === undefined || b[name] === value);
}

/**
 * Whether the ruler fires for what the evaluator found, because enough of its entries were in its window at one of its
 * evaluations. If the time of an evaluation is known, so are all others. Else the ruler must see it at any phase: at the
 * latest possible evaluation after an arrival.
 *
 * @param events in the order of their time
 */
export function rulerSees(
  pattern: Pattern,
  events: readonly ArrivedEvent[],
  firing: Firing,
  clock: RulerClock,
): boolean {
  const widthMs = pattern.minutes * 60_000;
  const timeOf = ({ time }: ArrivedEvent) => time;
  const near = events.slice(
    firstAfter(events, firing.since - widthMs, timeOf),
    firstAfter(events, firing.at + widthMs, timeOf),
  );
  return momentsOf(near, clock).some(({ seesUpTo, end }) => {
    const evaluator = evaluate(pattern);
    return near
      .filter(({ time, arrivalMs }) => arrivalMs <= seesUpTo && time > end - widthMs && time <= end)
      .some((event) => evaluator.add(event).some(({ labels }) => isSameAlert(labels, firing.labels)));
  });
}

// After each arrival, the first evaluation sees most of it.
function momentsOf(events: readonly ArrivedEvent[], { everyMs, delayMs, phaseMs }: RulerClock): Moment[] {
  const moments = new Map<number, Moment>();
  for (const { arrivalMs } of events) {
    if (phaseMs === undefined) {
      // Arrivals of a second have one latest evaluation.
      const seesUpTo = Math.ceil(arrivalMs / 1_000) * 1_000;
      moments.set(seesUpTo, { seesUpTo, end: seesUpTo + everyMs + delayMs });
    } else {
      const end = phaseMs + Math.ceil((arrivalMs + delayMs - phaseMs) / everyMs) * everyMs;
      moments.set(end, { seesUpTo: end - delayMs, end });
    }
  }
  const all = [...moments.values()].sort((a, b) => b.end - a.end);
  const step = Math.max(1, Math.ceil(all.length / MAX_MOMENTS));
  return all.filter((_, i) => i % step === 0);
}
