import type { DatabaseSync } from 'node:sqlite';
import type { AuditEntryInput } from '@auditrail/core';
import type { Rule } from '@auditrail/core/detections';
import type { Days } from '../days/days.ts';
import type { ArrivalSpan } from '../days/tenant-days.ts';
import type { ServeLog } from '../serve/log.ts';
import { LateWatch } from './late-watch.ts';
import { analyserMetrics } from './metrics.ts';
import { ANALYSER_DEFAULTS, type AnalyserSettings } from './settings.ts';
import { AnalyserStore } from './store.ts';
import { TenantAnalyser } from './tenant-analyser.ts';

export interface AnalyserOptions {
  db: DatabaseSync;
  days: Pick<Days, 'arrivals' | 'scan' | 'tenants'>;
  /** Writes an entry of a tenant; it is on disk when this resolves. */
  record: (tenant: string, entry: AuditEntryInput) => Promise<void>;
  settings?: Partial<AnalyserSettings> | undefined;
  /** The alert rules, for entries that come too late for the ruler. */
  rules: readonly Rule[];
  /** Address of Loki, if its ruler can be asked. */
  rulerUrl?: string | undefined;
  log: ServeLog;
  now: () => number;
  /** Entries that arrive within this time are analyzed together, in milliseconds. Default 250. */
  gatherMs?: number | undefined;
  /** How often all tenants are looked at, in milliseconds. Default a minute. */
  everyMs?: number | undefined;
}

interface Tenant {
  analyser: TenantAnalyser;
  late: LateWatch;
  timer?: NodeJS.Timeout;
  error?: string | undefined;
}

/**
 * Analyzes what the keeper takes in, after it is acknowledged: an analysis that fails or lags never holds up the intake. It
 * is tried again, from the entry at which it stopped.
 */
export class Analyser {
  readonly #options: AnalyserOptions;
  readonly #tenants = new Map<string, Tenant>();
  readonly #due = new Set<string>();
  readonly #ending = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #round: NodeJS.Timeout | undefined;
  #working: Promise<void> | undefined;

  constructor(options: AnalyserOptions) {
    this.#options = options;
  }

  start(): void {
    const { days, everyMs = 60_000 } = this.#options;
    const round = () => days.tenants.forEach((tenant) => this.added(tenant));
    round();
    this.#round = setInterval(round, everyMs).unref();
  }

  /** New entries of a tenant are on disk. */
  added(tenant: string, copies: readonly ArrivalSpan[] = []): void {
    if (copies.length > 0) this.#tenant(tenant).late.noteCopies(copies);
    this.#due.add(tenant);
    this.#soon();
  }

  #soon(): void {
    if (this.#timer || this.#working || this.#ending.signal.aborted) return;
    const { gatherMs = 250 } = this.#options;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#working = this.#work().finally(() => {
        this.#working = undefined;
        if (this.#due.size > 0) this.#soon();
      });
    }, gatherMs).unref();
  }

  async #work(): Promise<void> {
    const { signal } = this.#ending;
    const due = [...this.#due];
    this.#due.clear();
    for (const tenant of due) {
      if (signal.aborted) return;
      let known: Tenant | undefined;
      try {
        known = this.#tenant(tenant);
        const dueMs = await known.analyser.run(signal);
        this.#later(tenant, known, dueMs);
        this.#note(tenant, known, undefined);
      } catch (error) {
        // The next round, or the next entries, try again.
        const reason = error instanceof Error ? error.message : String(error);
        if (known) this.#note(tenant, known, reason);
        else this.#options.log('error', 'entries could not be analyzed', { tenant, reason });
      }
    }
  }

  // Late entries are judged when no more come.
  #later(tenant: string, known: Tenant, dueMs: number | undefined): void {
    clearTimeout(known.timer);
    if (dueMs === undefined || this.#ending.signal.aborted) return;
    const waitMs = Math.max(0, dueMs - this.#options.now());
    known.timer = setTimeout(() => this.added(tenant), waitMs).unref();
  }

  #note(tenant: string, known: Tenant, reason: string | undefined): void {
    if (reason === known.error) return;
    const { log } = this.#options;
    if (reason !== undefined) log('error', 'entries could not be analyzed', { tenant, reason });
    else log('info', 'entries are analyzed again', { tenant });
    known.error = reason;
  }

  #tenant(tenant: string): Tenant {
    const known = this.#tenants.get(tenant);
    if (known) return known;
    const { db, days, record, log, now, rules, rulerUrl } = this.#options;
    const settings = { ...ANALYSER_DEFAULTS, ...this.#options.settings };
    const late = new LateWatch({ db, days, tenant, rules, settings, rulerUrl, log, now });
    const analyser = new TenantAnalyser({
      ...{ days, tenant, late, settings, log, now },
      store: new AnalyserStore(db, tenant),
      record: (entry) => record(tenant, entry),
    });
    const added: Tenant = { analyser, late };
    this.#tenants.set(tenant, added);
    return added;
  }

  /** The state in the text format of Prometheus. */
  metrics(): string {
    const states = [...this.#tenants].map(([tenant, { analyser, error }]) => ({
      ...{ tenant, counts: analyser.counts, lagsSinceNs: analyser.lagsSinceNs, isFailed: error !== undefined },
    }));
    return analyserMetrics(states, this.#options.now());
  }

  /** Stops; the next start goes on with the entry at which it stopped. */
  async stop(): Promise<void> {
    this.#ending.abort();
    clearInterval(this.#round);
    clearTimeout(this.#timer);
    for (const { timer } of this.#tenants.values()) clearTimeout(timer);
    await this.#working;
  }
}
