import type { DatabaseSync } from 'node:sqlite';
import { formatTime, msToNs } from '@auditrail/core';
import { httpLokiClient } from '@auditrail/core/loki';
import type { Days } from '../days/days.ts';
import type { TenantTokens } from '../gateway-tokens/index.ts';
import { entries, type PipelineFinding } from '../pipeline/finding.ts';
import type { ServeLog } from '../serve/log.ts';
import { CatchUpStore } from './store.ts';
import { CATCH_UP_TIMING, TenantCatchUp, type CatchUpTiming } from './tenant-catch-up.ts';

export interface CatchUpOptions {
  /** Address of the gateway. */
  url: string;
  /** Its tokens to read. */
  tokens: TenantTokens;
  /** The tenants to compare. */
  tenants: readonly string[];
  timing?: Partial<CatchUpTiming>;
  /** How often to look for something to do, in milliseconds. Default a minute. */
  everyMs?: number;
  /** Time for a tenant in a round, in milliseconds. Default 10 seconds. */
  busyMs?: number;
}

export interface CatchUpParts {
  db: DatabaseSync;
  days: Days;
  log: ServeLog;
  now: () => number;
}

/** What is known about a tenant. Times in milliseconds. */
export interface CatchUpStatus {
  /** Everything up to here was compared once. */
  comparedMs?: number;
  /** When everything was compared. */
  fullDoneMs?: number;
  /** Entries that the keeper missed and took from Loki. */
  added: number;
  addedMs?: number;
  /** Windows of time with a difference whose lines are not compared yet. */
  waiting: number;
  /** Entries that the keeper holds and Loki does not. */
  missingInLoki: number;
  /** Why the last attempt failed. */
  error?: string;
}

interface Tenant {
  store: CatchUpStore;
  catchUp: TenantCatchUp;
  error?: string | undefined;
}

/** With more to do than fits in a round, the pause is so many times as long as the work: Loki has other readers. */
const PAUSE_FACTOR = 4;
/** A comparison that is so much older than usual is behind. */
const LATE_MS = 10 * 60_000;

const timeOf = (ms: number) => `${formatTime(msToNs(ms)).slice(0, 19)}Z`;

/**
 * Keeps the keeper equal to Loki by itself: adds what the keeper missed, and reports what Loki lacks. One query of Loki at a
 * time.
 */
export class CatchUp {
  readonly #tenants: ReadonlyMap<string, Tenant>;
  readonly #parts: CatchUpParts;
  readonly #everyMs: number;
  readonly #busyMs: number;
  readonly #timing: CatchUpTiming;
  readonly #ending = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> = Promise.resolve();

  constructor({ everyMs = 60_000, busyMs = 10_000, ...options }: CatchUpOptions, parts: CatchUpParts) {
    this.#parts = parts;
    this.#everyMs = everyMs;
    this.#busyMs = busyMs;
    this.#timing = { ...CATCH_UP_TIMING, ...options.timing };
    this.#tenants = new Map(options.tenants.map((tenant) => [tenant, this.#tenantOf(tenant, options)]));
  }

  #tenantOf(tenant: string, { url, tokens }: CatchUpOptions): Tenant {
    const { db, days, log, now } = this.#parts;
    // A cached answer of Loki lacks what came late.
    const headers = { Authorization: `Bearer ${tokens.of(tenant, 'read')}`, 'Cache-Control': 'no-cache' };
    const loki = httpLokiClient({ url, tenant, headers });
    const store = new CatchUpStore(db, tenant);
    const { signal } = this.#ending;
    return { store, catchUp: new TenantCatchUp({ days, loki, store, tenant, log, now, timing: this.#timing, signal }) };
  }

  start(): void {
    const round = () => {
      this.#working = this.#round().then((pauseMs) => {
        if (!this.#ending.signal.aborted) this.#timer = setTimeout(round, pauseMs).unref();
      });
    };
    this.#timer = setTimeout(round, 0).unref();
  }

  // @returns the time until the next one
  async #round(): Promise<number> {
    const { now } = this.#parts;
    const began = now();
    let isMore = false;
    for (const [tenant, { catchUp }] of this.#tenants) {
      if (this.#ending.signal.aborted) break;
      try {
        isMore = (await catchUp.round(now() + this.#busyMs)) || isMore;
        this.#note(tenant);
      } catch (error) {
        this.#note(tenant, error instanceof Error ? error.message : String(error));
      }
    }
    return isMore ? Math.min(this.#everyMs, PAUSE_FACTOR * (now() - began)) : this.#everyMs;
  }

  #note(tenant: string, reason?: string): void {
    const { log } = this.#parts;
    const known = this.#tenants.get(tenant);
    if (!known || this.#ending.signal.aborted) return;
    if (reason !== known.error) {
      if (reason !== undefined) log('warn', 'the entries cannot be compared with Loki', { tenant, reason });
      else log('info', 'the entries are compared with Loki again', { tenant });
    }
    known.error = reason;
  }

  /** Compares everything soon, because entries may be missing. */
  compareEverything(): void {
    for (const { catchUp } of this.#tenants.values()) catchUp.compareEverything();
  }

  /** Stops; the next start goes on. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#ending.abort();
    await this.#working;
    clearTimeout(this.#timer);
  }

  get tenants(): string[] {
    return [...this.#tenants.keys()];
  }

  /** Missing for a tenant that is not compared. */
  statusOf(tenant: string): CatchUpStatus | undefined {
    const known = this.#tenants.get(tenant);
    if (!known) return undefined;
    const { comparedMs, fullDoneMs, added = 0, addedMs } = known.store.progress ?? {};
    const { due: waiting, missingInLoki } = known.store.summary(Number.MAX_SAFE_INTEGER);
    return {
      ...{ added, waiting, missingInLoki },
      ...(comparedMs !== undefined && { comparedMs }),
      ...(fullDoneMs !== undefined && { fullDoneMs }),
      ...(addedMs !== undefined && { addedMs }),
      ...(known.error && { error: known.error }),
    };
  }

  /** Of each tenant, whether the keeper misses entries, and whether Loki does. */
  findings(): PipelineFinding[] {
    const compared = [...this.#tenants].flatMap(([tenant, each]) => [
      this.#behind(tenant, each),
      missingInLoki(tenant, each.store),
    ]);
    const others = this.#parts.days.tenants.filter((tenant) => !this.#tenants.has(tenant));
    return [...compared, ...others.map(notCompared)];
  }

  #behind(tenant: string, { store, error }: Tenant): PipelineFinding {
    const { now } = this.#parts;
    const { progress } = store;
    // With some time for a round.
    const { due } = store.summary(now() - this.#timing.graceMs - this.#everyMs);
    const isLate = !progress || now() - progress.comparedMs > this.#timing.marginMs + LATE_MS;
    const ok = due === 0 && !(isLate && error);
    const upTo = progress ? `up to ${timeOf(progress.comparedMs)}` : 'nothing yet';
    const what = `keeper, tenant ${tenant}: compared with Loki ${upTo}, ${due} differences are being read`;
    const remedy = error
      ? `check that Loki and the gateway answer: ${error}`
      : 'wait; see the log of the keeper if it lasts';
    return { ok, code: 'KEEPER_BEHIND', about: `keeper, tenant ${tenant}`, what, tenant, ...(!ok && { remedy }) };
  }
}

function missingInLoki(tenant: string, store: CatchUpStore): PipelineFinding {
  const { missingInLoki: count, span, examples } = store.summary(0);
  const about = { code: 'LOKI_LACKS', about: tenant, tenant } as const;
  if (!span) return { ok: true, ...about, what: `Loki, tenant ${tenant}: has all entries of the keeper` };
  return {
    ...{ ok: false, ...about, count },
    what: `Loki, tenant ${tenant}: ${entries(count)} of the keeper missing, between ${timeOf(span.fromMs)} and ${timeOf(span.toMs)}, such as ${examples.join(', ')}`,
    remedy: 'find out what refuses or deletes entries in Loki (docs/keeper.md); the keeper has them',
  };
}

const notCompared = (tenant: string): PipelineFinding => ({
  ...{ ok: false, code: 'KEEPER_BEHIND', about: `keeper, tenant ${tenant}`, tenant },
  what: `keeper, tenant ${tenant}: not compared with Loki, because there is no token to read it`,
  remedy: `auditrail token create --for read --tenant ${tenant}, and add it to AUDITRAIL_READ_TOKEN`,
});
