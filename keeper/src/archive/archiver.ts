import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { Days } from '../days/days.ts';
import { Duck } from '../days/duck.ts';
import { DAY_NS, FileSegment } from '../days/segment.ts';
import type { ManifestSigner } from '../export/signer.ts';
import type { PipelineFinding } from '../pipeline/finding.ts';
import { metricText } from '../pipeline/prometheus-text.ts';
import type { ServeLog } from '../serve/log.ts';
import { archiveDay } from './archive-day.ts';
import { ArchiveState, type PendingDay } from './archive-state.ts';
import type { ArchiveStore } from './archive-store.ts';
import { dateOf, tenantPrefix } from './day-key.ts';
import { expireDays } from './expire-days.ts';
import { archivedDays, readManifest } from './read-manifest.ts';

export interface ArchiverOptions {
  store: ArchiveStore;
  signer: ManifestSigner;
  /** How long archived days are kept, in milliseconds. Default 7 years. */
  keepMs?: number;
  /** Only these tenants are archived. Default: all. */
  tenants?: readonly string[] | undefined;
  /** How often newly closed days are looked for, in milliseconds. Default a minute. */
  everyMs?: number;
  /** A day with late entries is archived again, but not more often than this, in milliseconds. Default 6 hours. */
  againAfterMs?: number;
}

interface KeeperParts {
  db: DatabaseSync;
  days: Pick<Days, 'snapshot'>;
  /** For temporary files; emptied at the start. */
  folder: string;
  log: ServeLog;
  now?: () => number;
}

/** Default period, in milliseconds. */
export const ARCHIVE_KEEP_MS = 7 * 365.25 * 86_400_000;
const HOUR_MS = 3_600_000;
const DEFAULTS = { keepMs: ARCHIVE_KEEP_MS, everyMs: 60_000, againAfterMs: 6 * HOUR_MS };
const EXPIRE_EVERY_MS = 24 * HOUR_MS;
/** A day that waits for longer is a problem. */
const BEHIND_MS = 6 * HOUR_MS;
const FIRST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = HOUR_MS;
/** The archive may be down: the rest of the days is tried in the next round. */
const MAX_FAILURES_A_ROUND = 3;
// Beside the memory of the keeper's own queries.
const MEMORY_BYTES = 128 * 2 ** 20;

interface Waiting {
  sinceMs: number;
  failures: number;
  retryMs: number;
  reason?: string;
}

/** Archives closed days, one after the other, and deletes those whose period is over. */
export class Archiver {
  readonly #options: ArchiverOptions & KeeperParts & typeof DEFAULTS;
  readonly #state: ArchiveState;
  readonly #now: () => number;
  readonly #waiting = new Map<string, Waiting>();
  readonly #stop = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> = Promise.resolve();
  #expiredMs = 0;

  constructor(options: ArchiverOptions & KeeperParts) {
    this.#options = { ...DEFAULTS, ...options };
    this.#now = options.now ?? Date.now;
    this.#state = new ArchiveState(options.db, options.store.address);
  }

  start(): void {
    const { log, everyMs, store } = this.#options;
    const round = () => {
      this.#round = this.runOnce().catch((error: unknown) => {
        if (!this.#stop.signal.aborted) {
          log('error', 'the archive could not be brought up to date', {
            archive: store.address,
            reason: String(error),
          });
        }
      });
      void this.#round.then(() => {
        if (!this.#stop.signal.aborted) this.#timer = setTimeout(round, everyMs).unref();
      });
    };
    this.#timer = setTimeout(round, 0);
  }

  /** Stops in the middle of a day, which is archived again after the next start. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#stop.abort();
    await this.#round;
  }

  /** Archives what is due, and deletes what has expired. */
  async runOnce(): Promise<void> {
    const { againAfterMs, log, store, tenants } = this.#options;
    const nowMs = this.#now();
    const all = this.#state.pending(nowMs - againAfterMs);
    const pending = tenants ? all.filter(({ tenant }) => tenants.includes(tenant)) : all;
    const keys = new Set(pending.map(keyOf));
    for (const key of this.#waiting.keys()) if (!keys.has(key)) this.#waiting.delete(key);
    let failures = 0;
    for (const day of pending) {
      const key = keyOf(day);
      const waiting = this.#waiting.get(key) ?? { sinceMs: nowMs, failures: 0, retryMs: 0 };
      this.#waiting.set(key, waiting);
      if (failures >= MAX_FAILURES_A_ROUND || waiting.retryMs > nowMs) continue;
      this.#stop.signal.throwIfAborted();
      try {
        await this.#archive(day);
        this.#waiting.delete(key);
      } catch (error) {
        this.#stop.signal.throwIfAborted();
        failures++;
        waiting.reason = String(error);
        waiting.retryMs = nowMs + Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** waiting.failures++);
        const { tenant } = day;
        log('error', 'a day could not be archived', {
          ...{ tenant, day: dateOf(day.day), archive: store.address, reason: waiting.reason },
        });
      }
    }
    if (nowMs - this.#expiredMs < EXPIRE_EVERY_MS) return;
    await expireDays(this.#options.store, { keepMs: this.#options.keepMs, nowMs, log });
    this.#expiredMs = nowMs;
  }

  async #archive(pending: PendingDay): Promise<void> {
    const { days, folder, log, store } = this.#options;
    const { tenant } = pending;
    const day = dateOf(pending.day);
    const start = BigInt(pending.day) * DAY_NS;
    const { segments, release } = await days.snapshot(tenant, { start, end: start + DAY_NS });
    const work = join(folder, 'day');
    let duck: Duck | undefined;
    try {
      const segment = segments.find((each) => each instanceof FileSegment && each.facts.id === pending.segment);
      // Merged with late entries in the meantime.
      if (!(segment instanceof FileSegment)) return;
      await rm(work, { recursive: true, force: true });
      await mkdir(work, { recursive: true, mode: 0o700 });
      duck = await Duck.open({ folder: join(work, 'tmp'), memoryBytes: MEMORY_BYTES, threads: 1 });
      const revision = (await archivedDays(store, `${tenantPrefix(tenant)}day=${day}/`)).get(day)?.revisions.at(-1);
      const previous = revision === undefined ? undefined : await readManifest(store, tenant, { day, revision });
      const source = { columns: segment.source, rows: segment.rows, lines: segment.file.readAll() };
      const began = this.#now();
      const { manifest, isNew } = await archiveDay(
        { tenant, day, source, previous },
        {
          ...{ duck, store, work, signer: this.#options.signer, keepMs: this.#options.keepMs },
          ...{ nowMs: began, signal: this.#stop.signal },
        },
      );
      this.#state.archived(pending, began);
      log('info', isNew ? 'day archived' : 'day is in the archive', {
        ...{ tenant, day, revision: manifest.revision, entries: manifest.entries, bytes: manifest.file.bytes },
        ...{ archive: store.address, ms: this.#now() - began },
      });
    } finally {
      await duck?.close();
      await release();
      await rm(work, { recursive: true, force: true });
    }
  }

  /** In the text format of Prometheus. */
  metrics(): string {
    const failing = [...this.#waiting.values()].filter(({ failures }) => failures > 0).length;
    const gauge = (name: string, help: string, value: number) =>
      metricText({ name: `auditrail_keeper_archive_${name}`, type: 'gauge', help }, [['', value]]);
    return (
      gauge('waiting_days', 'Closed days that are not in the archive yet.', this.#waiting.size) +
      gauge('failing_days', 'Closed days whose last attempt failed.', failing)
    );
  }

  /** How many closed days wait, for the pipeline's checks. */
  findings(): PipelineFinding[] {
    const { store } = this.#options;
    const nowMs = this.#now();
    const waiting = [...this.#waiting];
    const failing = waiting.filter(([, { failures }]) => failures > 0);
    const late = waiting.filter(([, { sinceMs }]) => nowMs - sinceMs > BEHIND_MS);
    const ok = failing.length === 0 && late.length === 0;
    const [key, first] = failing[0] ?? late[0] ?? [];
    const reason = first?.reason === undefined ? '' : `: ${first.reason}`;
    return [
      {
        ...{ ok, code: 'ARCHIVE_BEHIND', about: store.address },
        what: ok
          ? `archive ${store.address}: ${waiting.length} closed days wait to be archived`
          : `archive ${store.address}: ${waiting.length} closed days are not archived, ${failing.length} of them failed; ${key}${reason}`,
        ...(!ok && {
          remedy:
            'check the archive, its credentials and the free space of the keeper; it goes on by itself (docs/archive.md)',
        }),
      },
    ];
  }
}

const keyOf = ({ tenant, day }: PendingDay) => `${tenant} ${dateOf(day)}`;
