import type { DatabaseSync } from 'node:sqlite';
import { msToNs, nsToMs } from '@auditrail/core';
import type { Rule } from '@auditrail/core/detections';
import type { Days } from '../days/days.ts';
import type { ArrivalSpan } from '../days/tenant-days.ts';
import type { ServeLog } from '../serve/log.ts';
import type { AnalysedEvent } from './event.ts';
import { judgeLate, type LateFiring, type LateSpan } from './late-judge.ts';
import { joined, LateStore } from './late-store.ts';
import type { RulerClock } from './ruler-model.ts';
import { readEvaluations } from './ruler-phase.ts';
import type { AnalyserSettings } from './settings.ts';

export interface LateWatchOptions {
  db: DatabaseSync;
  days: Pick<Days, 'scan'>;
  tenant: string;
  rules: readonly Rule[];
  settings: AnalyserSettings;
  /** Address of Loki, if its ruler can be asked when it evaluates rules. */
  rulerUrl?: string | undefined;
  log: ServeLog;
  now: () => number;
}

/** Spans of entries from Loki that are remembered. */
const COPIES_MAX = 1_000;

/** Collects one tenant's late entries, and has them judged when no more come. */
export class LateWatch {
  readonly #options: LateWatchOptions;
  readonly store: LateStore;
  readonly #copies: ArrivalSpan[] = [];

  constructor(options: LateWatchOptions) {
    this.#options = options;
    this.store = new LateStore(options.db, options.tenant);
  }

  /** Entries that the keeper took from Loki are not late: the ruler had them. */
  noteCopies(copies: readonly ArrivalSpan[]): void {
    this.#copies.push(...copies);
    if (this.#copies.length > COPIES_MAX) this.#copies.splice(0, this.#copies.length - COPIES_MAX);
  }

  /** The late ones among judged events. */
  spansOf(events: readonly AnalysedEvent[]): LateSpan[] {
    const lateNs = msToNs(this.#options.settings.lateMs);
    const isCopy = (arrivalNs: bigint) =>
      this.#copies.some(({ firstNs, lastNs }) => arrivalNs >= firstNs && arrivalNs <= lastNs);
    const late = events.filter(({ arrivalNs, ns }) => arrivalNs - ns > lateNs && !isCopy(arrivalNs));
    return joined(
      late.map(({ ns, arrivalNs }) => ({ fromNs: ns, toNs: ns, firstArrivalNs: arrivalNs, lastArrivalNs: arrivalNs })),
    );
  }

  /** When late entries are due to be judged, in milliseconds; `undefined` if no late entries wait. */
  dueMs(): number | undefined {
    const { settings } = this.#options;
    const spans = this.store.spans();
    const due = spans.map(({ firstArrivalNs, lastArrivalNs }) =>
      Math.min(nsToMs(lastArrivalNs) + settings.settleMs, nsToMs(firstArrivalNs) + settings.settleMaxMs),
    );
    return due.length > 0 ? Math.min(...due) : undefined;
  }

  /** Judges all late entries. @returns what fires, and a function that notes it within a transaction */
  async judge(): Promise<{ firings: LateFiring[]; note: () => void }> {
    const { days, tenant, rules, settings, now } = this.#options;
    const spans = this.store.spans();
    const episodes = this.store.episodes();
    const clockOf = await this.#clocks();
    const firings: LateFiring[] = [];
    let lastArrivalNs = 0n;
    for (const span of spans) {
      const question = { days, tenant, rules, lateMs: settings.lateMs, clockOf, known: episodes };
      const found = await judgeLate(span, question);
      firings.push(...found);
      episodes.push(...found.map(({ episode }) => episode));
      if (span.lastArrivalNs > lastArrivalNs) lastArrivalNs = span.lastArrivalNs;
    }
    const bounds = { maxEpisodes: settings.maxEpisodes, forgetBeforeMs: now() - 2 * settings.judgedMs };
    return { firings, note: () => this.store.judged(lastArrivalNs, episodes, bounds) };
  }

  async #clocks(): Promise<(title: string) => RulerClock> {
    const { rulerUrl, tenant, settings, log, now } = this.#options;
    const clock = { everyMs: settings.rulerEveryMs, delayMs: settings.rulerDelayMs };
    if (rulerUrl === undefined) return () => clock;
    try {
      const evaluations = await readEvaluations(rulerUrl, tenant);
      return (title) => {
        const { lastMs, everyMs = clock.everyMs } = evaluations.get(title) ?? {};
        // A ruler that stopped has no next evaluation that is known.
        const isRunning = lastMs !== undefined && now() - lastMs < 3 * everyMs;
        return { ...clock, everyMs, ...(isRunning && { phaseMs: lastMs }) };
      };
    } catch (error) {
      log('warn', 'the ruler does not state when it evaluates rules', { tenant, reason: String(error) });
      return () => clock;
    }
  }
}
