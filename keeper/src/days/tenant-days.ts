import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { syncFolder } from '../export/sync-folder.ts';
import type { ServeLog } from '../serve/log.ts';
import type { Catalog } from './catalog.ts';
import { COLUMNS, type StoredRecord } from './columns.ts';
import { sqlName, type Duck } from './duck.ts';
import { IntakeLog, readIntakeLog } from './intake-log.ts';
import { MemorySegment, type Row } from './memory-segment.ts';
import { SeenLines } from './seen-lines.ts';
import { DAY_NS, dayOf, FileSegment, Pins, type FileSegmentFacts, type Segment } from './segment.ts';
import { segmentPaths, writeSegment } from './write-segment.ts';

export interface TenantDaysOptions {
  duck: Duck;
  catalog: Catalog;
  tenant: string;
  /** The tenant's own folder. */
  folder: string;
  log: ServeLog;
  /** A log with so many records is made into segments. Default 50,000. */
  flushRows?: number;
  /** … or whose first record is so old, in milliseconds. Default 10 minutes. */
  flushMs?: number;
  /** After the end of a day, its segments are merged, in milliseconds. Default an hour. */
  closeAfterMs?: number;
  /** … and only when none of them is younger than this: entries that come late may come one by one. Default 10 minutes. */
  settleMs?: number;
  now?: () => number;
}

const DEFAULTS = { flushRows: 50_000, flushMs: 600_000, closeAfterMs: 3_600_000, settleMs: 600_000 };
/** Groups of `flushRows` in memory from which on additions are refused: the disk does not take segments. */
const MAX_IN_MEMORY = 8;
/** A day with more segments is merged, so that a query does not open many files. */
const MAX_SEGMENTS_A_DAY = 16;
const COLUMN_LIST = COLUMNS.map(({ name }) => sqlName(name)).join(', ');

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
  #maintenance: Promise<unknown> = Promise.resolve();
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
    try {
      for (const records of requests) {
        const before = fresh.length;
        // Day by day, so that the hashes of each are looked for once.
        for (const record of [...Map.groupBy(records, ({ ns }) => dayOf(ns)).values()].flat()) {
          const row = await this.#seen.newRow(record);
          if (row) fresh.push(row);
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
    for (const { record } of fresh) if (record.arrivalNs > this.#lastArrivalNs) this.#lastArrivalNs = record.arrivalNs;
    return taken;
  }

  #within(start: bigint, end: bigint): Segment[] {
    return [...this.#files, ...this.#memory].filter(
      ({ rows, minNs, maxNs }) => rows > 0 && maxNs >= start && minNs < end,
    );
  }

  /** The segments that hold all entries from `start` to before `end`; they stay as they are until `release`. */
  snapshot(start: bigint, end: bigint): { segments: Segment[]; release: () => Promise<void> } {
    const segments = this.#within(start, end);
    return { segments, release: this.#pins.pin(segments) };
  }

  /**
   * Makes segments of what is due, and merges days that are over. Called every minute or so.
   *
   * @param options `everything` makes segments of all that is in memory
   */
  maintain(options: { everything?: boolean } = {}): Promise<void> {
    const done = this.#maintenance.then(() => this.#maintain(options));
    this.#maintenance = done.catch(() => undefined);
    return done;
  }

  async #maintain({ everything = false }: { everything?: boolean }): Promise<void> {
    const { flushRows, flushMs, closeAfterMs, settleMs } = this.#options;
    const now = this.#now();
    const due = this.#memory.filter(
      ({ rows, openedMs }) => rows > 0 && (everything || rows >= flushRows || now - openedMs >= flushMs),
    );
    for (const segment of due) await this.#flush(segment);
    for (const [day, segments] of Map.groupBy(this.#files, ({ facts }) => facts.day)) {
      const isOver = now - Number((BigInt(day) + 1n) * DAY_NS) / 1e6 >= closeAfterMs;
      const isSettled = segments.every(({ openedMs }) => now - openedMs >= settleMs);
      const isMerged = segments.length === 1 && segments[0]?.facts.closed === true;
      const isDue = (isOver && isSettled && !isMerged) || segments.length > MAX_SEGMENTS_A_DAY;
      if (isDue) await this.#merge(day, segments, isOver);
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
    if (this.#memory.length >= MAX_IN_MEMORY) {
      throw new Error(
        `${this.#memory.length} groups of entries wait to be made into segments: see the log for the reason`,
      );
    }
    const segment = await this.#newMemory();
    this.#memory.push(segment);
    return segment;
  }

  async #newMemory(): Promise<MemorySegment> {
    const { duck, catalog, tenant, folder } = this.#options;
    const logId = catalog.nextId();
    const log = await IntakeLog.create(folder, logPath(folder, logId));
    return MemorySegment.create(duck, tenant, logId, log, this.#now());
  }

  async #flush(segment: MemorySegment): Promise<void> {
    const { duck, catalog, folder } = this.#options;
    // Additions go to the next one from here on.
    await this.#inTurn(async () => {
      if (this.#memory.at(-1) === segment) this.#memory.push(await this.#newMemory());
    });
    const files: FileSegment[] = [];
    try {
      for (const facts of await segment.days()) {
        const where = `ns BETWEEN ${facts.minNs} AND ${facts.maxNs}`;
        const id = catalog.nextId();
        const { bytes } = await writeSegment(duck, folder, id, {
          rows: facts.rows,
          sql: `SELECT 0 AS part, row, ${COLUMN_LIST} FROM ${segment.source} WHERE ${where}`,
          lines: async function* (order) {
            for await (const [, row] of order) yield segment.line(row);
          },
        });
        files.push(this.#fileOf({ ...facts, id, bytes, closed: false }));
      }
      await this.#inTurn(() => {
        catalog.change({ add: files.map(({ facts }) => facts), logId: segment.logId });
        this.#files.push(...files);
        this.#memory = this.#memory.filter((other) => other !== segment);
        return Promise.resolve();
      });
    } catch (error) {
      // The next attempt writes others.
      for (const file of files) await file.drop();
      throw error;
    }
    await segment.log.delete();
    catalog.forgetLog(segment.logId);
    await this.#pins.replaced([segment]);
  }

  async #merge(day: number, segments: FileSegment[], closed: boolean): Promise<void> {
    const { duck, catalog, folder } = this.#options;
    const id = catalog.nextId();
    const parts = segments.map(({ source }, part) => `SELECT ${part} AS part, row, ${COLUMN_LIST} FROM ${source}`);
    const rows = segments.reduce((sum, { rows }) => sum + rows, 0);
    const { bytes } = await writeSegment(duck, folder, id, {
      rows,
      sql: parts.join(' UNION ALL '),
      // The rows of each part come in their order, because both are in the order of time.
      lines: async function* (order) {
        const readers = segments.map(({ file }) => file.readAll());
        try {
          for await (const [part] of order) {
            const next = await readers[part]?.next();
            if (!next || next.done) throw new Error(`segment ${segments[part]?.facts.id} has fewer lines than rows`);
            yield next.value;
          }
        } finally {
          for (const reader of readers) await reader.return();
        }
      },
    });
    const merged = this.#fileOf({
      ...{ id, day, rows, bytes, closed },
      minNs: segments.reduce((least, { minNs }) => (minNs < least ? minNs : least), segments[0]?.minNs ?? 0n),
      maxNs: segments.reduce((most, { maxNs }) => (maxNs > most ? maxNs : most), 0n),
    });
    try {
      await this.#inTurn(() => {
        catalog.change({ add: [merged.facts], remove: segments.map(({ facts }) => facts.id) });
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
    const { catalog, duck, folder, log } = this.#options;
    const known = catalog.segments();
    for (const facts of known) this.#files.push(this.#fileOf(facts));
    const kept = new Set(
      known.flatMap(({ id }) => {
        const { parquet, lines } = segmentPaths(folder, id);
        return [parquet, lines];
      }),
    );
    const logs: number[] = [];
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      const logId = Number(/^(\d{10})\.log$/.exec(name)?.[1]);
      if (logId > 0 && !catalog.isFlushed(logId)) logs.push(logId);
      // What a crash left half-made, or did not delete.
      else if (/\.(tmp|parquet|lines|log)$/.test(name) && !kept.has(path)) rmSync(path, { force: true });
      if (logId > 0) catalog.forgetLog(logId);
    }
    for (const { source } of this.#files) {
      const [row] = await duck.rows(`SELECT max(arrival) FROM ${source}`);
      const newest = row?.[0] as bigint;
      if (newest > this.#lastArrivalNs) this.#lastArrivalNs = newest;
    }
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
    await this.#maintenance;
    await this.#turn;
    for (const segment of this.#memory) {
      await segment.log.close();
      await segment.drop();
    }
  }
}

function logPath(folder: string, id: number): string {
  return join(folder, `${String(id).padStart(10, '0')}.log`);
}
