import { AuditError } from '@auditrail/core';
import type { LokiClient, TrailLine } from '@auditrail/core/loki';
import type { TimeRange } from '@auditrail/core/query';
import {
  fallbackSource,
  keeperSource,
  lokiSource,
  missingInKeeper,
  responsiveKeeper,
  sampleOfLoki,
  type KeeperClient,
  type TrailSource,
} from '@auditrail/core/source';

/** How long a keeper that failed is not asked again. */
export const ABSENT_MS = 30_000;
/** … and one that does not keep entries. */
const NO_ENTRIES_MS = 600_000;
/** How far the keeper may be behind Loki. It takes an entry in half a second after Loki, if nothing is wrong. */
export const BEHIND_MS = 2_000;
/** Together with a sample, they are the values of one filter. */
const MOST_DOUBTS = 50;
/** How long a range is known to be complete in the keeper. */
const COMPLETE_MS = 600_000;

/** Why a view is read from Loki although there is a keeper: it does not answer, or it lacks entries that Loki holds. */
export type FallbackReason = 'absent' | 'incomplete';

/** The source of one view. */
export interface ViewSource extends TrailSource {
  /** Changes to `true` if the keeper fails. */
  readonly usesLoki: boolean;
  readonly reason: FallbackReason | undefined;
}

// The filter is one that this keeper does not know: others work.
const OF_QUESTION = [400, 413, 415, 422];
// An older keeper, or one that is only for exports. That is no failure.
const NO_ENTRIES = [404, 405, 409];

/**
 * Decides for each view whether it is read from the keeper or from Loki.
 *
 * Loki is the store of record: no view may lack an entry that Loki holds for longer than a few seconds. The keeper's answers
 * alone cannot show this: if its newest entry is old, either the trail is idle, or entries wait in the collector's queue. So
 * each view of the keeper is compared with Loki while it is shown: a few of Loki's lines in the view's range (the newest, the
 * oldest, and some between, whatever the filter) must be in the keeper, too. Those that are still missing after
 * {@link BEHIND_MS} are *doubts*: views whose range contains one are read from Loki, until the keeper has it. The collector
 * sends entries to the keeper in the order of arrival, so what waits in its queue is never older than what the keeper has. A
 * keeper that started later than the trail, and was not rebuilt, lacks the older lines of the sample.
 *
 * A keeper that does not answer, or refuses, is not asked again for {@link ABSENT_MS}.
 */
export class Trail {
  readonly loki: LokiClient;
  readonly #lokiSource: TrailSource;
  readonly #keeper: KeeperClient | undefined;
  readonly #listeners = new Set<() => void>();
  #absentUntil = 0;
  #silent = false;
  #doubts: TrailLine[] = [];
  #complete: Array<{ range: TimeRange; until: number }> = [];
  #version = 0;

  constructor(loki: LokiClient, keeper?: KeeperClient) {
    this.loki = loki;
    this.#lokiSource = lokiSource(loki);
    this.#keeper = keeper && responsiveKeeper(keeper);
  }

  /** For `useSyncExternalStore`. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  /** Changes whenever a view can be affected. */
  readonly version = (): number => this.#version;

  #changed(): void {
    this.#version++;
    for (const listener of this.#listeners) listener();
  }

  /** Whether views of this range must be read from Loki. */
  isDoubtful({ start, end }: TimeRange): boolean {
    return this.#doubts.some(({ ns }) => ns >= start && ns < end);
  }

  /** The source of a new view of this range. */
  sourceFor(range: TimeRange): ViewSource {
    if (!this.#keeper) return { ...this.#lokiSource, usesLoki: true, reason: undefined };
    if (Date.now() < this.#absentUntil) {
      return { ...this.#lokiSource, usesLoki: true, reason: this.#silent ? undefined : 'absent' };
    }
    if (this.isDoubtful(range)) return { ...this.#lokiSource, usesLoki: true, reason: 'incomplete' };
    let [usesLoki, reason] = [false, undefined as FallbackReason | undefined];
    const source = fallbackSource(keeperSource(this.#keeper), this.#lokiSource, (error) => {
      usesLoki = true;
      reason = this.#failed(error);
      this.#changed();
    });
    return Object.defineProperties({ ...source } as ViewSource, {
      usesLoki: { get: () => usesLoki },
      reason: { get: () => reason },
    });
  }

  // Until when it is not asked, and the reason to show.
  #failed(error: unknown): FallbackReason | undefined {
    const status = error instanceof AuditError ? error.status : undefined;
    if (status !== undefined && OF_QUESTION.includes(status)) return undefined;
    this.#silent = status !== undefined && NO_ENTRIES.includes(status);
    this.#absentUntil = Date.now() + (this.#silent ? NO_ENTRIES_MS : ABSENT_MS);
    return this.#silent ? undefined : 'absent';
  }

  /**
   * Compares keeper and Loki in a range, and notes what the keeper lacks. Without an answer of both, nothing changes.
   *
   * @returns whether the keeper can be used for this range
   */
  async compare(range: TimeRange, signal: AbortSignal): Promise<boolean> {
    const keeper = this.#keeper;
    if (!keeper || Date.now() < this.#absentUntil) return false;
    const history = !this.#isComplete(range);
    try {
      const sample = await sampleOfLoki(this.loki, range, { history, signal });
      let missing = await missingInKeeper(keeper, [...sample, ...this.#doubts], signal);
      if (missing.length > 0) {
        await pause(BEHIND_MS, signal);
        missing = await missingInKeeper(keeper, missing, signal);
      }
      signal.throwIfAborted();
      const isNew = missing.some(({ key }) => !this.#doubts.some((doubt) => doubt.key === key));
      this.#doubts = missing.slice(0, MOST_DOUBTS);
      if (history && !this.isDoubtful(range)) this.#complete.push({ range, until: Date.now() + COMPLETE_MS });
      if (isNew) this.#changed();
    } catch (error) {
      // The view itself reports what fails. Loki may be away, and the keeper there.
      signal.throwIfAborted();
      if (!(error instanceof AuditError)) throw error;
    }
    return !this.isDoubtful(range);
  }

  #isComplete({ start }: TimeRange): boolean {
    this.#complete = this.#complete.filter(({ until }) => until > Date.now());
    return this.#complete.some(({ range }) => range.start <= start && range.end > start);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(new DOMException('aborted', 'AbortError'));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal.addEventListener('abort', stop, { once: true });
  });
}
