import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { syncFolder } from '../export/sync-folder.ts';
import type { ServeLog } from '../serve/log.ts';
import type { Catalog } from './catalog.ts';
import type { StoredRecord } from './columns.ts';
import { sqlText, type Duck } from './duck.ts';
import { IntakeLog, readIntakeLog } from './intake-log.ts';
import { joinLines } from './lines-file.ts';
import { MemorySegment, type Row } from './memory-segment.ts';
import { SeenLines } from './seen-lines.ts';
import { DAY_NS, dayOf, FileSegment, Pins, type FileSegmentFacts, type MinuteVolume, type Segment } from './segment.ts';
import { filesOf, segmentPaths, writeSegment, type WrittenSegment } from './write-segment.ts';

export interface TenantDaysOptions {
  /** Has the tables of what is not in a segment yet. */
  duck: Duck;
  /** Merges segments. */
  merger: Duck;
  catalog: Catalog;
  tenant: string;
  /** The tenant's own folder. */
  folder: string;
  log: ServeLog;
  /** A log with so many records is made into segments. Default 16,384. */
  flushRows?: number;
  /** … or whose first record is so old, in milliseconds. Default 10 minutes. */
  flushMs?: number;
  /** After the end of a day, its segments are merged, in milliseconds. Default an hour. */
  closeAfterMs?: number;
  /** … and only when none of them is younger than this: entries that come late may come one by one. Default 10 minutes. */
  settleMs?: number;
  now?: () => number;
  /** Called when new entries are on disk, after nothing that waits for it. */
  onAdded?: ((tenant: string, copies: readonly ArrivalSpan[]) => void) | undefined;
}

/** Arrivals from the first to the last of some entries. */
export interface ArrivalSpan {
  firstNs: bigint;
  lastNs: bigint;
}

const DEFAULTS = { flushRows: 16_384, flushMs: 600_000, closeAfterMs: 3_600_000, settleMs: 600_000 };
/** Groups of `flushRows` in memory from which on additions wait until the first of them is a segment. */
const MAX_IN_MEMORY = 2;
/** Of a day with more small segments, these are merged, so that a query does not open many files … */
const MAX_SEGMENTS_A_DAY = 16;
/** … but not those of so many flushes: they would be written again and again. */
const MANY_FLUSHES = 8;
/** A month, and some that are not merged yet. */
const WARM_SEGMENTS = 48;

interface Waiting {
  records: readonly StoredRecord[];
  resolve: (taken: number) => void;
  reject: (error: unknown) => void;
}

/**
 * One tenant's entries: each once, in the order of arrival, from the moment that {@link TenantDays.add} resolves. New ones are
 * in a log on disk and in a table in memory; then in a segment of their day; after the end of the day, in one segment.
 */
export class TenantDays {
  readonly #options: TenantDaysOptions & typeof DEFAULTS;
  readonly #pins = new Pins();
  readonly #seen: SeenLines;
  #files: FileSegment[] = [];
  #memory: MemorySegment[] = [];
  #waiting: Waiting[] = [];
  // Changes of the list of segments, and additions to it, one after the other.
  #turn: Promise<unknown> = Promise.resolve();
  #flushing: Promise<unknown> = Promise.resolve();
  #merging: Promise<unknown> = Promise.resolve();
  #adding = false;
  #lastArrivalNs = 0n;

  private constructor(options: TenantDaysOptions) {
    this.#options = { ...DEFAULTS, ...options };
    this.#seen = new SeenLines(options.duck, (start, end) => this.#within(start, end));
  }

  /** Opens a tenant's folder and takes up what an earlier process left in it. */
  static async open(options: TenantDaysOptions): Promise<TenantDays> {
    mkdirSync(options.folder, { recursive: true, mode: 0o700 });
    await syncFolder(dirname(options.folder));
    const days = new TenantDays(options);
    try {
      await days.#recover();
    } catch (error) {
      await days.close();
      throw error;
    }
    return days;
  }

  /** Arrival of the newest entry; 0 for none. */
  get lastArrivalNs(): bigint {
    return this.#lastArrivalNs;
  }

  /**
   * Adds records; resolves when they are on disk, and every query finds them.
   *
   * @returns how many of them were new
   * @throws Error of the disk: then none of them is added, and the caller sends them again
   */
  add(records: readonly StoredRecord[]): Promise<number> {
    const added = new Promise<number>((resolve, reject) => this.#waiting.push({ records, resolve, reject }));
    if (!this.#adding) void this.#addWaiting();
    return added;
  }

  // One write and one sync for all that came in while the last one was under way.
  async #addWaiting(): Promise<void> {
    this.#adding = true;
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0);
      try {
        // If the disk does not take segments, nothing is taken in.
        while (this.#memory.length >= MAX_IN_MEMORY && (this.#memory[0]?.rows ?? 0) >= this.#options.flushRows) {
          await this.#flushDue();
        }
        const taken = await this.#inTurn(() => this.#addGroup(group.map(({ records }) => records)));
        group.forEach(({ resolve }, i) => resolve(taken[i] ?? 0));
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    this.#adding = false;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async #addGroup(requests: readonly (readonly StoredRecord[])[]): Promise<number[]> {
    const fresh: Row[] = [];
    const taken: number[] = [];
    let arrivalNs = this.#lastArrivalNs;
    try {
      for (const records of requests) {
        const before = fresh.length;
        // Day by day, so that the hashes of each are looked for once.
        for (const record of [...Map.groupBy(records, ({ ns }) => dayOf(ns)).values()].flat()) {
          const row = await this.#seen.newRow(arrivingAfter(arrivalNs, record));
          if (!row) continue;
          fresh.push(row);
          arrivalNs = row.record.arrivalNs;
        }
        taken.push(fresh.length - before);
      }
      if (fresh.length > 0) {
        const segment = await this.#current();
        await segment.log.append(fresh.map(({ record }) => record));
        await segment.add(fresh);
        if (segment.rows >= this.#options.flushRows) this.#maintainSoon();
      }
    } catch (error) {
      // What was noted may not be stored: these days are loaded again.
      this.#seen.forget();
      throw error;
    }
    this.#seen.trim();
    this.#lastArrivalNs = arrivalNs;
    if (fresh.length > 0) this.#options.onAdded?.(this.#options.tenant, copiesIn(fresh));
    return taken;
  }

  #within(start: bigint, end: bigint): Segment[] {
    return [...this.#files, ...this.#memory].filter(
      ({ rows, minNs, maxNs }) => rows > 0 && maxNs >= start && minNs < end,
    );
  }

  /** The number of entries of a segment by minute and outcome, while it is in a snapshot. */
  volume(id: number): MinuteVolume {
    return this.#options.catalog.volume(id);
  }

  /** The segments that hold all entries from `start` to before `end`; they stay as they are until `release`. */
  snapshot(start: bigint, end: bigint): { segments: Segment[]; release: () => Promise<void> } {
    const segments = this.#within(start, end);
    return { segments, release: this.#pins.pin(segments) };
  }

  /** Reads the footers of the newest segments, which DuckDB keeps, so that the first question takes as long as others. */
  async warmUp(signal: AbortSignal): Promise<void> {
    const newest = this.#files.toSorted((a, b) => b.facts.day - a.facts.day).slice(0, WARM_SEGMENTS);
    if (newest.length === 0) return;
    const release = this.#pins.pin(newest);
    try {
      const files = newest.map(({ parquet }) => sqlText(parquet)).join(', ');
      await this.#options.duck.rows(`SELECT count(*) FROM read_parquet([${files}]) WHERE ns < 0`, signal);
    } finally {
      await release();
    }
  }

  /**
   * Makes segments of what is due, and merges days that are over. Called every minute or so.
   *
   * @param options `everything` makes segments of all that is in memory
   */
  async maintain(options: { everything?: boolean } = {}): Promise<void> {
    await this.#flushDue(options);
    const done = this.#merging.then(() => this.#mergeDue());
    this.#merging = done.catch(() => undefined);
    await done;
  }

  #flushDue({ everything = false }: { everything?: boolean } = {}): Promise<void> {
    const done = this.#flushing.then(async () => {
      const { flushRows, flushMs } = this.#options;
      const isDue = ({ rows, openedMs }: MemorySegment) =>
        rows > 0 && (everything || rows >= flushRows || this.#now() - openedMs >= flushMs);
      for (const segment of this.#memory.filter(isDue)) await this.#flush(segment);
    });
    this.#flushing = done.catch(() => undefined);
    return done;
  }

  async #mergeDue(): Promise<void> {
    const { closeAfterMs, settleMs, flushRows } = this.#options;
    for (const [day, segments] of Map.groupBy(this.#files, ({ facts }) => facts.day)) {
      const now = this.#now();
      const isOver = now - Number((BigInt(day) + 1n) * DAY_NS) / 1e6 >= closeAfterMs;
      const isSettled = segments.every(({ openedMs }) => now - openedMs >= settleMs);
      const isMerged = segments.length === 1 && segments[0]?.facts.closed === true;
      const small = segments.filter(({ rows }) => rows < MANY_FLUSHES * flushRows);
      if (isOver && isSettled && !isMerged) await this.#merge(day, segments, true);
      else if (small.length > MAX_SEGMENTS_A_DAY) await this.#merge(day, small, false);
    }
  }

  // The timer alone would let very much gather in memory.
  #maintainSoon(): void {
    const { log, tenant } = this.#options;
    this.maintain().catch((error: unknown) => {
      log('error', 'entries could not be made into segments', { tenant, reason: String(error) });
    });
  }

  #now(): number {
    return (this.#options.now ?? Date.now)();
  }

  async #current(): Promise<MemorySegment> {
    const last = this.#memory.at(-1);
    if (last && last.rows < this.#options.flushRows) return last;
    const segment = await this.#newMemory();
    this.#memory.push(segment);
    return segment;
  }

  async #newMemory(): Promise<MemorySegment> {
    const { duck, catalog, folder } = this.#options;
    const logId = catalog.nextId();
    const log = await IntakeLog.create(folder, logPath(folder, logId));
    return MemorySegment.create(duck, logId, log, this.#now());
  }

  async #flush(segment: MemorySegment): Promise<void> {
    const { duck, catalog, folder } = this.#options;
    // Additions go to the next one from here on.
    await this.#inTurn(async () => {
      if (this.#memory.at(-1) === segment) this.#memory.push(await this.#newMemory());
    });
    const written: WrittenSegment[] = [];
    try {
      for (const part of segment.parts()) {
        written.push(
          await writeSegment(duck, folder, { ...part, id: catalog.nextId(), closed: false, indexed: false }),
        );
      }
      await this.#inTurn(() => {
        catalog.change({ add: written, logId: segment.logId });
        this.#files.push(...written.map(({ facts }) => this.#fileOf(facts)));
        this.#memory = this.#memory.filter((other) => other !== segment);
        return Promise.resolve();
      });
    } catch (error) {
      // The next attempt writes others.
      for (const { facts } of written) await this.#fileOf(facts).drop();
      throw error;
    }
    await segment.log.delete();
    catalog.forgetLog(segment.logId);
    await this.#pins.replaced([segment]);
  }

  async #merge(day: number, segments: FileSegment[], closed: boolean): Promise<void> {
    const { merger, catalog, folder } = this.#options;
    let rows = 0;
    const parts: string[] = [];
    for (const segment of segments) {
      parts.push(`SELECT (row + ${rows})::INTEGER AS row, * EXCLUDE (row) FROM ${segment.source}`);
      rows += segment.rows;
    }
    const written = await writeSegment(merger, folder, {
      ...{ id: catalog.nextId(), day, rows, closed, indexed: true, sql: parts.join(' UNION ALL ') },
      writeLines: (path) =>
        joinLines(
          path,
          segments.map(({ file }) => file),
        ),
    });
    const merged = this.#fileOf(written.facts);
    try {
      await this.#inTurn(() => {
        catalog.change({ add: [written], remove: segments.map(({ facts }) => facts.id) });
        this.#files = [...this.#files.filter((file) => !segments.includes(file)), merged];
        return Promise.resolve();
      });
    } catch (error) {
      await merged.drop();
      throw error;
    }
    await this.#pins.replaced(segments);
  }

  #fileOf(facts: FileSegmentFacts): FileSegment {
    return new FileSegment(facts, segmentPaths(this.#options.folder, facts.id), this.#now());
  }

  async #recover(): Promise<void> {
    const { catalog, folder, log } = this.#options;
    const known = catalog.segments();
    for (const facts of known) this.#files.push(this.#fileOf(facts));
    const kept = new Set(known.flatMap(({ id }) => filesOf(segmentPaths(folder, id))));
    const logs: number[] = [];
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      const logId = Number(/^(\d{10})\.log$/.exec(name)?.[1]);
      if (logId > 0 && !catalog.isFlushed(logId)) logs.push(logId);
      // What a crash left half-made, or did not delete.
      else if (/\.(tmp|parquet|lines|index|log)$/.test(name) && !kept.has(path)) rmSync(path, { force: true });
      if (logId > 0) catalog.forgetLog(logId);
    }
    for (const { maxArrivalNs } of known) if (maxArrivalNs > this.#lastArrivalNs) this.#lastArrivalNs = maxArrivalNs;
    for (const logId of logs.sort((a, b) => a - b)) {
      const path = logPath(folder, logId);
      const records = readIntakeLog(path, log);
      for (let at = 0; at < records.length; at += 5_000) await this.add(records.slice(at, at + 5_000));
      rmSync(path, { force: true });
      // The logs of a long failure would not fit into memory.
      await this.maintain();
    }
  }

  /** Stops; what is in logs is taken up by the next start. */
  async close(): Promise<void> {
    await this.#flushing;
    await this.#merging;
    await this.#turn;
    for (const segment of this.#memory) {
      await segment.log.close();
      await segment.drop();
    }
  }
}

function copiesIn(rows: readonly Row[]): ArrivalSpan[] {
  const spans: ArrivalSpan[] = [];
  let isAfterCopy = false;
  for (const { record } of rows) {
    const last = spans.at(-1);
    if (record.isCopy && isAfterCopy && last) last.lastNs = record.arrivalNs;
    else if (record.isCopy) spans.push({ firstNs: record.arrivalNs, lastNs: record.arrivalNs });
    isAfterCopy = record.isCopy === true;
  }
  return spans;
}

// Arrivals are rising and different, also if the clock stands still or is set back: the order of arrival can be asked for.
function arrivingAfter(arrivalNs: bigint, record: StoredRecord): StoredRecord {
  return record.arrivalNs > arrivalNs ? record : { ...record, arrivalNs: arrivalNs + 1n };
}

function logPath(folder: string, id: number): string {
  return join(folder, `${String(id).padStart(10, '0')}.log`);
}
