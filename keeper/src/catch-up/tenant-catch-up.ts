import { formatTime, msToNs } from '@auditrail/core';
import { isTooMuchForLoki, lokiLimits, type LokiLimits } from '@auditrail/core/loki';
import type { LineKey } from '../days/read-days.ts';
import type { ServeLog } from '../serve/log.ts';
import { compareLines, type CompareLinesOptions } from './compare-lines.ts';
import { HOUR_MS, isSame, MINUTE_MS, readSums, type WindowSums } from './different-windows.ts';
import type { CatchUpStore, DifferentWindow, Progress, Window } from './store.ts';

export interface CatchUpTiming {
  /** A minute is compared for the first time when it is this old: entries take seconds to arrive. Default 2 minutes. */
  marginMs: number;
  /** Lines are compared if a difference is this old: the collector's queue may still deliver them. Default 5 minutes. */
  graceMs: number;
  /**
   * Loki lacks an entry if the keeper got it so long ago, and Loki has answered for so long: senders and the collector repeat
   * what Loki does not take. Default 15 minutes.
   */
  lokiGraceMs: number;
  /** A few missing lines are looked for once more after this time. Default 5 seconds. */
  confirmMs: number;
  /** How often the last hours are compared again, for entries that came late. Default an hour. */
  lateEveryMs: number;
  /** How often everything is compared. Default a day. */
  fullEveryMs: number;
}

export const CATCH_UP_TIMING: CatchUpTiming = {
  marginMs: 2 * MINUTE_MS,
  graceMs: 5 * MINUTE_MS,
  lokiGraceMs: 15 * MINUTE_MS,
  confirmMs: 5_000,
  lateEveryMs: HOUR_MS,
  fullEveryMs: 24 * HOUR_MS,
};

export interface TenantCatchUpOptions extends Omit<CompareLinesOptions, 'range' | 'confirmMs'> {
  store: CatchUpStore;
  log: ServeLog;
  timing: CatchUpTiming;
}

/** Entries of the last hours come late most often: from a spool, or after an outage. */
const LATE_MS = 6 * HOUR_MS;
/** After a longer pause everything is compared: what came late during it can be of any time. */
const PAUSE_MS = 10 * MINUTE_MS;
/** Loki without a retention. */
const OLDEST_MS = 10 * 365 * 24 * HOUR_MS;
/** One query of sums takes about this long. */
const QUERY_MS = 1_000;
/** Lines of adjacent minutes that are compared together, about. */
const GROUP_LINES = 50_000;
const MEAN_TIME_SUM = 1.5e9;
const EXAMPLES = 5;

const floorTo = (stepMs: number, ms: number) => Math.floor(ms / stepMs) * stepMs;
const timeOf = (ms: number) => formatTime(msToNs(ms));

/** Compares one tenant's entries in the keeper and in Loki, window by window, and adds what the keeper misses. */
export class TenantCatchUp {
  readonly #options: TenantCatchUpOptions;
  #spanMs = 24 * HOUR_MS;
  #late: Window = { fromMs: 0, toMs: 0 };
  // At the start, too.
  #latePlannedMs = 0;
  #failedMs: number | undefined;
  // Where a comparison of everything began that has not reached the newest minute.
  #resetMs: number | undefined;
  #added: Found | undefined;
  #lacked: Found | undefined;

  constructor(options: TenantCatchUpOptions) {
    this.#options = options;
  }

  /**
   * Does what is due, until `untilMs`.
   *
   * @returns whether it could not do everything
   * @throws AuditError if Loki does not answer; Error of the keeper's disk
   */
  async round(untilMs: number): Promise<boolean> {
    try {
      const limits = await lokiLimits(this.#options.loki);
      this.#plan(limits);
      await this.#compareNewest(untilMs);
      return (await this.#compareDifferent(limits, untilMs)) || (await this.#compareOlder(limits, untilMs));
    } catch (error) {
      this.#failedMs = this.#options.now();
      throw error;
    } finally {
      this.#logFound();
    }
  }

  // Once a round: there may be very many windows.
  #logFound(): void {
    const { log, tenant } = this.#options;
    const details = ({ entries, fromMs, toMs }: Found) => ({ tenant, entries, from: timeOf(fromMs), to: timeOf(toMs) });
    if (this.#added) log('warn', 'entries that the keeper had missed were added from Loki', details(this.#added));
    if (this.#lacked) {
      const examples = this.#lacked.examples.join(' ');
      log('error', 'Loki lacks entries that the keeper holds', { ...details(this.#lacked), examples });
    }
    this.#added = undefined;
    this.#lacked = undefined;
  }

  /** Compares everything, because entries may be missing. */
  compareEverything(): void {
    const { progress } = this.#options.store;
    if (progress) this.#options.store.progress = { ...progress, fullDoneMs: undefined };
  }

  get #progress(): Progress {
    const { progress } = this.#options.store;
    if (!progress) throw new Error('the comparison has not begun');
    return progress;
  }

  #plan({ keptMs = OLDEST_MS, lookbackMs = OLDEST_MS }: LokiLimits): void {
    const { store, now, timing } = this.#options;
    const newest = now() - timing.marginMs;
    const oldest = floorTo(HOUR_MS, now() - Math.min(keptMs, lookbackMs)) + HOUR_MS;
    const { progress } = store;
    const isBehind = progress && newest - progress.comparedMs > PAUSE_MS && progress.comparedMs !== this.#resetMs;
    if (!progress || isBehind) {
      const comparedMs = floorTo(HOUR_MS, newest);
      this.#resetMs = comparedMs;
      const full = { fromMs: oldest, toMs: comparedMs };
      store.progress = { added: 0, ...progress, comparedMs, full, fullDoneMs: undefined };
    } else if (isDone(progress.full) && now() - (progress.fullDoneMs ?? 0) >= timing.fullEveryMs) {
      store.progress = { ...progress, full: { fromMs: oldest, toMs: floorTo(HOUR_MS, progress.comparedMs) } };
    }
    if (now() - this.#latePlannedMs >= timing.lateEveryMs) {
      this.#latePlannedMs = now();
      const toMs = floorTo(HOUR_MS, this.#progress.comparedMs);
      this.#late = { fromMs: toMs - LATE_MS, toMs };
    }
    // What Loki no longer keeps is not missing in it.
    store.deleteWithin({ fromMs: 0, toMs: oldest });
  }

  // The minutes that ended since the last round.
  async #compareNewest(untilMs: number): Promise<void> {
    const { store, now, timing } = this.#options;
    const newest = floorTo(MINUTE_MS, now() - timing.marginMs);
    for (let { comparedMs } = this.#progress; comparedMs < newest && now() < untilMs;) {
      const span = { fromMs: comparedMs, toMs: Math.min(newest, comparedMs + HOUR_MS) };
      await this.#noteMinutes(span);
      comparedMs = span.toMs;
      store.progress = { ...this.#progress, comparedMs };
    }
  }

  // The last hours, then everything else, in hours: their minutes only if an hour is different.
  async #compareOlder({ spanMs }: LokiLimits, untilMs: number): Promise<boolean> {
    const { store, now } = this.#options;
    while (!isDone(this.#late)) {
      if (now() >= untilMs) return true;
      this.#late = { ...this.#late, toMs: await this.#compareHours(this.#late, spanMs) };
    }
    while (!isDone(this.#progress.full)) {
      if (now() >= untilMs) return true;
      const { full } = this.#progress;
      const toMs = await this.#compareHours(full, spanMs);
      store.progress = { ...this.#progress, full: { ...full, toMs } };
      if (toMs <= full.fromMs) store.progress = { ...this.#progress, fullDoneMs: now() };
    }
    return false;
  }

  // @returns how far it came, from the newest
  async #compareHours({ fromMs, toMs }: Window, longestMs: number): Promise<number> {
    const { now } = this.#options;
    for (;;) {
      this.#spanMs = Math.max(HOUR_MS, floorTo(HOUR_MS, Math.min(this.#spanMs, longestMs)));
      const span = { fromMs: Math.max(fromMs, toMs - this.#spanMs), toMs };
      const began = now();
      try {
        const hours = await this.#sums(span, HOUR_MS);
        const tookMs = now() - began;
        await this.#noteHours(span, hours);
        if (tookMs > 2 * QUERY_MS) this.#spanMs /= 2;
        else if (tookMs < QUERY_MS / 2) this.#spanMs *= 2;
        return span.fromMs;
      } catch (error) {
        if (!isTooMuchForLoki(error) || this.#spanMs <= HOUR_MS) throw error;
        this.#spanMs /= 2;
      }
    }
  }

  #sums(span: Window, windowMs: number): Promise<WindowSums[]> {
    const { days, loki, tenant, signal } = this.#options;
    return days.reader(tenant).then((reader) => readSums(loki, reader, span, { windowMs, signal }));
  }

  async #noteHours(span: Window, hours: readonly WindowSums[]): Promise<void> {
    const { store } = this.#options;
    const different = hours.filter((hour) => !isSame(hour));
    // Of an hour that is the same now, nothing is different.
    const times = new Set(different.map(({ toMs }) => toMs));
    for (const known of store.windows(span)) {
      if (!times.has(Math.ceil(known.toMs / HOUR_MS) * HOUR_MS)) store.delete(known);
    }
    for (const hour of different) {
      if (this.#isCompared(hour)) continue;
      if (hour.keeperSum === '0') this.#note(hour);
      else if (!(await this.#noteMinutes(hour))) {
        store.put({ ...hour, seenMs: 0, isCompared: true, missingInLoki: 0, examples: [] });
      }
    }
  }

  // @returns whether lines must be compared
  async #noteMinutes(span: Window): Promise<boolean> {
    const { store } = this.#options;
    const minutes = await this.#sums(span, MINUTE_MS);
    const different = minutes.filter((minute) => !isSame(minute));
    const times = new Set(different.map(({ toMs }) => toMs));
    for (const known of store.windows(span)) {
      if (isMinute(known) && !times.has(known.toMs)) store.delete(known);
    }
    const due = different.filter((minute) => !this.#isCompared(minute));
    for (const minute of due) this.#note(minute);
    return due.length > 0;
  }

  #known(window: Window): DifferentWindow | undefined {
    return this.#options.store
      .windows(window)
      .find(({ fromMs, toMs }) => fromMs === window.fromMs && toMs === window.toMs);
  }

  // Its lines were compared when the sums were these.
  #isCompared(window: WindowSums): boolean {
    const known = this.#known(window);
    return known?.isCompared === true && known.lokiSum === window.lokiSum && known.keeperSum === window.keeperSum;
  }

  #note(window: WindowSums, seenMs?: number): void {
    const { store, now } = this.#options;
    const known = this.#known(window);
    const { missingInLoki = 0, examples = [] } = known ?? {};
    seenMs ??= known && !known.isCompared ? known.seenMs : now();
    store.put({ ...window, seenMs, isCompared: false, missingInLoki, examples });
  }

  async #compareDifferent(limits: LokiLimits, untilMs: number): Promise<boolean> {
    const { store, now, timing } = this.#options;
    for (;;) {
      const window = store.due(now() - timing.graceMs);
      if (!window) return false;
      const minutes = await this.#sums(window, MINUTE_MS);
      const different = minutes.filter((minute) => !isSame(minute) && !this.#isCompared(minute));
      for (const group of groupsOf(different, minutes).reverse()) {
        if (now() >= untilMs) return true;
        await this.#compareLines(group, limits);
      }
      // The same by now, or in its minutes.
      if (!isMinute(window) || different.length === 0) store.delete(window);
    }
  }

  async #compareLines(group: readonly WindowSums[], { keptMs, keptLeastMs = keptMs }: LokiLimits): Promise<void> {
    const { days, loki, store, tenant, now, timing, signal } = this.#options;
    const span = { fromMs: group[0]?.fromMs ?? 0, toMs: group.at(-1)?.toMs ?? 0 };
    const range = { start: msToNs(span.fromMs) + 1n, end: msToNs(span.toMs) + 1n };
    const { confirmMs } = timing;
    // What arrives from here on can be too late for the answer of Loki.
    const beganMs = now();
    const { added, onlyHere } = await compareLines({ days, loki, tenant, range, confirmMs, now, signal });
    if (added > 0) {
      this.#added = foundIn(this.#added, { ...span, entries: added, examples: [] });
      const { progress } = store;
      if (progress) store.progress = { ...progress, added: progress.added + added, addedMs: now() };
    }
    // Some streams may be deleted from here on.
    const kept = keptLeastMs === undefined ? 0n : msToNs(now() - keptLeastMs + HOUR_MS);
    const settled = msToNs(beganMs - timing.lokiGraceMs);
    const isLokiSettled = this.#failedMs === undefined || beganMs - this.#failedMs >= timing.lokiGraceMs;
    const reader = await days.reader(tenant);
    const here = await reader.timeSums({ start: range.start - 1n, end: range.end - 1n }, MINUTE_MS / 1000);
    const byMinute = Map.groupBy(onlyHere, ({ ns }) => Number(((ns - 1n) / msToNs(MINUTE_MS) + 1n) * 60_000n));
    for (const { fromMs, toMs, lokiSum } of group) {
      const minute = { fromMs, toMs, lokiSum, keeperSum: String(here.get(msToNs(toMs)) ?? 0n) };
      const lacked = (byMinute.get(toMs) ?? []).filter(({ ns }) => ns >= kept);
      const isSettled = (isLokiSettled || lacked.length === 0) && lacked.every(({ arrivalNs }) => arrivalNs <= settled);
      if (isSame(minute)) store.delete(minute);
      else if (isSettled) this.#report(minute, lacked);
      // Looked at again after the grace.
      else this.#note(minute, now());
    }
  }

  #report(minute: WindowSums, lacked: readonly LineKey[]): void {
    const examples = lacked.slice(0, EXAMPLES).map(({ id, hash }) => id || hash);
    const { length: entries } = lacked;
    this.#options.store.put({ ...minute, seenMs: 0, isCompared: true, missingInLoki: entries, examples });
    const { fromMs, toMs } = minute;
    if (entries > 0) this.#lacked = foundIn(this.#lacked, { fromMs, toMs, entries, examples });
  }
}

interface Found extends Window {
  entries: number;
  examples: string[];
}

function foundIn(before: Found | undefined, more: Found): Found {
  if (!before) return more;
  return {
    fromMs: Math.min(before.fromMs, more.fromMs),
    toMs: Math.max(before.toMs, more.toMs),
    entries: before.entries + more.entries,
    examples: [...before.examples, ...more.examples].slice(0, EXAMPLES),
  };
}

const isDone = ({ fromMs, toMs }: Window): boolean => toMs <= fromMs;
const isMinute = ({ fromMs, toMs }: Window): boolean => toMs - fromMs === MINUTE_MS;

// Different minutes that are read in one go: between them is no other with lines, and they are not too many lines.
function groupsOf(different: readonly WindowSums[], minutes: readonly WindowSums[]): WindowSums[][] {
  const groups: WindowSums[][] = [];
  const wanted = new Set(different);
  let lines = Infinity;
  for (const minute of minutes) {
    if (!wanted.has(minute)) {
      lines = Infinity;
      continue;
    }
    const own = Math.max(Number(minute.lokiSum), Number(minute.keeperSum)) / MEAN_TIME_SUM;
    lines += own;
    if (lines > GROUP_LINES) {
      groups.push([]);
      lines = own;
    }
    groups.at(-1)?.push(minute);
  }
  return groups;
}
