import { evaluateCount } from './evaluate-count.ts';
import { evaluateSequence } from './evaluate-sequence.ts';
import { evaluateSilence } from './evaluate-silence.ts';
import type { DetectionEvent } from './event.ts';
import type { Pattern } from './pattern.ts';

/** A group of entries that meets a pattern. */
export interface Firing {
  /** The time of the entry that completed the pattern, in milliseconds since 1970. */
  at: number;
  /** The time of the first entry in the window. */
  since: number;
  /** The keys of the group, by the labels of alerts. */
  labels: Record<string, string>;
  /** The number of entries or different values at that time. */
  value: number;
}

export interface Evaluator {
  /** Adds the next entry: not earlier than the one before. Returns what fires now and did not fire immediately before. */
  add: (event: DetectionEvent) => readonly Firing[];
}

/**
 * Evaluates a pattern over entries in the order of their time. A group fires once, and again only after it stopped: after
 * entries left the window. Unlike in LogQL, the number of entries before the last one of a sequence is exact. A pattern is only
 * evaluated at its entries; what becomes true because successes leave the window fires at the next entry.
 *
 * Memory is limited: 20,000 groups (those without entries for the longest time are forgotten), and in each one the last 10,000
 * entries (twice the threshold if that is more), 1,000 last entries of a sequence, and 1,000 alerts. A silence is found for up
 * to 1,000 groups, to the minute.
 *
 * @example
 * const evaluator = evaluate(ruleOf(detection, settings).pattern);
 * for (const entry of entries) for (const { at, labels } of evaluator.add(entryEvent(entry))) report(at, labels);
 */
export function evaluate(pattern: Pattern): Evaluator {
  if (pattern.kind === 'silence') return evaluateSilence(pattern);
  return pattern.kind === 'sequence' ? evaluateSequence(pattern) : evaluateCount(pattern);
}
