import { msToNs } from '@auditrail/core';
import type { Days } from '../days/days.ts';
import type { ServeLog } from '../serve/log.ts';
import { analyse } from './analyse.ts';
import { EVENT_COLUMNS, toEvent, type AnalysedEvent } from './event.ts';
import { findingEntry, LATE_ACTION, lateEntry, summaryEntry, type OwnEntry } from './finding.ts';
import type { LateWatch } from './late-watch.ts';
import { HOUR_MS } from './profile.ts';
import { seed } from './seed.ts';
import type { AnalyserSettings } from './settings.ts';
import type { AnalyserChange, AnalyserStore } from './store.ts';

/** Entries in a batch. */
const BATCH = 2_000;
/** Batches of one tenant before the others get their turn. */
const BATCHES_A_TURN = 25;
/** If more entries wait at the start, as after a rebuild, the profiles are made anew from the days, and nothing is judged. */
const RESEED_ENTRIES = 500_000;
/** Entries that the logger refused are tried again; so many of them wait. */
const SENT_AT_ONCE = 100;

export interface TenantAnalyserOptions {
  days: Pick<Days, 'arrivals' | 'scan'>;
  store: AnalyserStore;
  /** Judges entries that come too late for the ruler. */
  late: Pick<LateWatch, 'spansOf' | 'dueMs' | 'judge' | 'store'>;
  tenant: string;
  settings: AnalyserSettings;
  /** Writes an entry; it is on disk when this resolves. */
  record: (entry: OwnEntry) => Promise<void>;
  log: ServeLog;
  now: () => number;
  reseedEntries?: number;
}

/** What was done since the start. */
export interface AnalyserCounts {
  entries: number;
  findings: Map<string, number>;
  held: number;
}

interface Found {
  action: string;
  entry: OwnEntry;
}

/** Analyzes one tenant's entries in the order of their arrival, each once, across restarts. */
export class TenantAnalyser {
  readonly #options: TenantAnalyserOptions;
  #cursorNs: bigint | undefined;
  #lagsSinceNs: bigint | undefined;
  readonly counts: AnalyserCounts = { entries: 0, findings: new Map(), held: 0 };

  constructor(options: TenantAnalyserOptions) {
    this.#options = options;
  }

  /** Arrival of the first entry that waits for the analysis, in nanoseconds; missing if none does. */
  get lagsSinceNs(): bigint | undefined {
    return this.#lagsSinceNs;
  }

  /**
   * Analyzes what waits, until `signal` aborts, or it is another tenant's turn.
   *
   * @returns when to call it again, in milliseconds: now if more waits, or when late entries are due
   */
  async run(signal: AbortSignal): Promise<number | undefined> {
    const { store, now } = this.#options;
    this.#cursorNs ??= await this.#start();
    let batches = 0;
    while (!signal.aborted && (await this.#batch(this.#cursorNs))) {
      if (++batches === BATCHES_A_TURN) {
        await this.#send(signal);
        return now();
      }
      await new Promise(setImmediate);
    }
    if (!signal.aborted && (this.#options.late.dueMs() ?? Infinity) <= now()) await this.#judgeLate();
    const hourMs = Math.floor(now() / HOUR_MS) * HOUR_MS;
    const over = store.heldBefore(hourMs);
    if (over.length > 0) {
      const entries = over.map((each) => summaryEntry(this.#options.tenant, each, this.#nowNs()));
      store.commit({ entries, overBefore: hourMs });
    }
    await this.#send(signal);
    return this.#options.late.dueMs();
  }

  async #judgeLate(): Promise<void> {
    const { late, tenant } = this.#options;
    const { firings, note } = await late.judge();
    const found = firings.map((each) => ({ action: LATE_ACTION, entry: lateEntry(tenant, each, this.#nowNs()) }));
    this.#commit({}, found, note);
  }

  async #start(): Promise<bigint> {
    const { store, days, tenant, settings, log, now, reseedEntries = RESEED_ENTRIES } = this.#options;
    const arrivals = await days.arrivals(tenant);
    const known = store.cursorNs;
    if (known !== undefined && (await arrivals.countAfter(known)) <= reseedEntries) return known;
    const cursorNs = arrivals.lastNs;
    const batch = store.batch();
    const began = now();
    await seed(days, tenant, batch, settings, now());
    store.commit({ cursorNs, batch });
    log('info', 'the analyser has learned from the entries of before', {
      ...{ tenant, profiles: [...batch.changed()].length, days: batch.historyDays, ms: now() - began },
    });
    return cursorNs;
  }

  // @returns whether more may wait
  async #batch(cursorNs: bigint): Promise<boolean> {
    const { days, tenant, store, settings, late } = this.#options;
    const arrivals = await days.arrivals(tenant);
    // What arrives from here on may be visible in part, and not acknowledged.
    const upToNs = arrivals.lastNs;
    if (upToNs <= cursorNs) {
      this.#lagsSinceNs = undefined;
      return false;
    }
    const rows = await arrivals.between(cursorNs, upToNs, EVENT_COLUMNS, BATCH);
    const events = rows.map(toEvent);
    this.#lagsSinceNs = events[0]?.arrivalNs;
    const batch = store.batch();
    const isJudged = ({ arrivalNs, ns }: AnalysedEvent) => arrivalNs - ns <= msToNs(settings.judgedMs);
    const findings = events
      .flatMap((event) => analyse(event, batch, settings, isJudged(event)))
      .map((finding) => ({ action: finding.action, entry: findingEntry(tenant, finding, this.#nowNs()) }));
    const spans = late.spansOf(events.filter(isJudged));
    const isMore = rows.length === BATCH;
    // Repetitions have arrivals, too.
    const last = isMore ? (events.at(-1)?.arrivalNs ?? cursorNs) : upToNs;
    this.#commit({ cursorNs: last, batch }, findings, () => late.store.addSpans(spans));
    this.#cursorNs = last;
    this.counts.entries += events.length;
    return isMore;
  }

  // Only so many findings of a kind are written in an hour: an attack must not fill the trail.
  #commit(change: AnalyserChange, findings: readonly Found[], more: () => void): void {
    const { store, settings, tenant, log, now } = this.#options;
    const hourMs = Math.floor(now() / HOUR_MS) * HOUR_MS;
    const entries: OwnEntry[] = [];
    const hours = [...Map.groupBy(findings, ({ action }) => action)].map(([action, found]) => {
      const { written, held } = store.written(action, hourMs);
      const some = found.slice(0, Math.max(0, settings.findingsAnHour - written));
      entries.push(...some.map(({ entry }) => entry));
      this.counts.findings.set(action, (this.counts.findings.get(action) ?? 0) + some.length);
      this.counts.held += found.length - some.length;
      return { action, hourMs, written: written + some.length, held: held + found.length - some.length };
    });
    store.transaction(() => {
      store.write({ ...change, entries, hours });
      more();
      store.trim(settings.maxProfiles);
    });
    for (const { action, id } of entries) log('warn', 'a finding is written as an entry', { tenant, action, id });
  }

  async #send(signal: AbortSignal): Promise<void> {
    const { store, record } = this.#options;
    for (;;) {
      const waiting = store.waiting(SENT_AT_ONCE);
      for (const entry of waiting) {
        if (signal.aborted) return;
        await record(entry);
        store.sent(entry.id);
      }
      if (waiting.length < SENT_AT_ONCE) return;
    }
  }

  #nowNs(): bigint {
    return msToNs(this.#options.now());
  }
}
