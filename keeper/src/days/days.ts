import { join } from 'node:path';
import { readdirSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { isTenant, msToNs } from '@auditrail/core';
import type { TimeRange } from '@auditrail/core/query';
import type { ServeLog } from '../serve/log.ts';
import { Arrivals } from './arrivals.ts';
import { Catalog } from './catalog.ts';
import type { StoredRecord } from './columns.ts';
import { Duck } from './duck.ts';
import { DaysReader } from './read-days.ts';
import { scan, type Scan } from './scan.ts';
import { TenantDays, type TenantDaysOptions } from './tenant-days.ts';

export interface DaysOptions extends Pick<
  TenantDaysOptions,
  'flushRows' | 'flushMs' | 'closeAfterMs' | 'settleMs' | 'now' | 'onAdded'
> {
  db: DatabaseSync;
  folder: string;
  log: ServeLog;
  /** Memory of queries, in bytes. */
  memoryBytes?: number;
  /** How often due work is looked for, in milliseconds. Default a minute. */
  everyMs?: number;
}

/** Memory of merging, which takes none from additions and questions, and they none from it. */
const MERGE_BYTES = 96 * 2 ** 20;

/** The entries of all tenants: taken in, kept by day, and asked. */
export class Days {
  readonly #options: DaysOptions;
  readonly #duck: Duck;
  readonly #merger: Duck;
  readonly #tenants = new Map<string, Promise<TenantDays>>();
  readonly #ending = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #warming: Promise<void> = Promise.resolve();

  private constructor(options: DaysOptions, duck: Duck, merger: Duck) {
    this.#options = options;
    this.#duck = duck;
    this.#merger = merger;
  }

  static async open(options: DaysOptions): Promise<Days> {
    const { folder, memoryBytes } = options;
    const duck = await Duck.open({ folder: join(folder, '.tmp'), ...(memoryBytes !== undefined && { memoryBytes }) });
    const merger = await Duck.open({ folder: join(folder, '.tmp-merge'), memoryBytes: MERGE_BYTES, threads: 1 });
    const days = new Days(options, duck, merger);
    for (const { name } of readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
      if (!isTenant(name)) continue;
      // The other tenants have theirs; this one's entries are refused, and wait in the collector's queue.
      await days.#tenant(name).catch((error: unknown) => {
        options.log('error', "a tenant's entries cannot be opened", { tenant: name, reason: String(error) });
      });
    }
    days.#warming = days.#warmUp();
    days.#timer = setInterval(() => void days.maintain(), options.everyMs ?? 60_000);
    days.#timer.unref();
    return days;
  }

  /** Adds a tenant's records; see {@link TenantDays.add}. */
  async add(tenant: string, records: readonly StoredRecord[]): Promise<number> {
    return (await this.#tenant(tenant)).add(records);
  }

  /** The tenants that have entries. */
  get tenants(): string[] {
    return [...this.#tenants.keys()];
  }

  /** Answers questions about a tenant's entries; `signal` interrupts those under way. */
  async reader(tenant: string, signal?: AbortSignal): Promise<DaysReader> {
    return new DaysReader(this.#duck, await this.#tenant(tenant), signal);
  }

  /** A tenant's entries in the order of arrival. */
  async arrivals(tenant: string): Promise<Arrivals> {
    return new Arrivals(this.#duck, await this.#tenant(tenant));
  }

  /** See {@link scan}. */
  async *scan(tenant: string, question: Scan) {
    yield* scan(this.#duck, await this.#tenant(tenant), question);
  }

  /** The segments of a range; see {@link TenantDays.snapshot}. */
  async snapshot(tenant: string, { start, end }: TimeRange): Promise<ReturnType<TenantDays['snapshot']>> {
    return (await this.#tenant(tenant)).snapshot(start, end);
  }

  /** Does what is due now; see {@link TenantDays.maintain}. A tenant whose work fails does not stop the others'. */
  async maintain(options: { everything?: boolean } = {}): Promise<void> {
    for (const [tenant, days] of this.#tenants) {
      try {
        await (await days).maintain(options);
      } catch (error) {
        this.#options.log('error', 'entries could not be made into segments', { tenant, reason: String(error) });
      }
    }
  }

  async #warmUp(): Promise<void> {
    const { signal } = this.#ending;
    for (const tenant of this.#tenants.keys()) {
      try {
        await (await this.#tenant(tenant)).warmUp(signal);
        await (await this.reader(tenant, signal)).page({ range: { start: 0n, end: msToNs(Date.now()) }, limit: 1 });
      } catch (error) {
        if (signal.aborted) return;
        // Whatever is wrong, questions report.
        this.#options.log('warn', 'the entries could not be prepared for questions', { tenant, reason: String(error) });
      }
    }
  }

  #tenant(tenant: string): Promise<TenantDays> {
    const known = this.#tenants.get(tenant);
    if (known) return known;
    if (!isTenant(tenant)) throw new Error(`${tenant} is not a tenant`);
    const { db, folder, ...options } = this.#options;
    const opened = TenantDays.open({
      ...options,
      ...{
        duck: this.#duck,
        merger: this.#merger,
        catalog: new Catalog(db, tenant),
        tenant,
        folder: join(folder, tenant),
      },
    });
    this.#tenants.set(tenant, opened);
    opened.catch(() => this.#tenants.delete(tenant));
    return opened;
  }

  async close(): Promise<void> {
    this.#ending.abort();
    clearInterval(this.#timer);
    await this.#warming;
    for (const days of this.#tenants.values()) await (await days).close();
    await this.#duck.close();
    await this.#merger.close();
  }
}
