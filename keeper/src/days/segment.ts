import { rm } from 'node:fs/promises';
import { sqlText } from './duck.ts';
import { LinesFile } from './lines-file.ts';
import { TokenIndex, type TokenCondition } from './token-index.ts';

/** Nanoseconds of a day. */
export const DAY_NS = 86_400_000_000_000n;

/** All times. */
export const EVER = { start: 0n, end: 2n ** 63n - 1n } as const;

/** The number of a day since 1970 (UTC). */
export function dayOf(ns: bigint): number {
  return Number(ns / DAY_NS);
}

/** Rows that are asked together: the columns by DuckDB, the lines by their row. */
export interface Segment {
  /** What stands after FROM. */
  readonly source: string;
  readonly rows: number;
  /** Time of the oldest and of the newest row. */
  readonly minNs: bigint;
  readonly maxNs: bigint;
  lines(rows: readonly number[]): Promise<string[]>;
  /** The groups of rows that can have rows with these tokens; missing if there is no index. */
  groups(conditions: readonly TokenCondition[]): Promise<number[]> | undefined;
  /** Frees what it holds, once no query uses it. */
  drop(): Promise<void>;
}

/** A segment on disk: all of its entries are of one day. It never changes. */
export interface FileSegmentFacts {
  id: number;
  day: number;
  rows: number;
  minNs: bigint;
  maxNs: bigint;
  bytes: number;
  /** The day was over and all of its segments were merged into this one. */
  closed: boolean;
  /** Whether it has an index of its tokens. */
  indexed: boolean;
  /** Rows that are entries, each once: without repetitions and lines that are no entries. */
  entries: number;
  /** Arrival of its newest row. */
  maxArrivalNs: bigint;
}

/** Of a minute since 1970 and an outcome, the number of entries. */
export type MinuteVolume = readonly (readonly [minute: number, outcome: string, count: number])[];

export class FileSegment implements Segment {
  readonly facts: FileSegmentFacts;
  readonly parquet: string;
  readonly #linesPath: string;
  readonly file: LinesFile;
  readonly #index: TokenIndex;
  readonly #indexPath: string;
  /** When this process made or found it. */
  readonly openedMs: number;

  constructor(facts: FileSegmentFacts, paths: SegmentPaths, openedMs: number) {
    this.facts = facts;
    this.parquet = paths.parquet;
    this.#linesPath = paths.lines;
    this.file = new LinesFile(paths.lines);
    this.#indexPath = paths.index;
    this.#index = new TokenIndex(paths.index);
    this.openedMs = openedMs;
  }

  get source(): string {
    return `read_parquet(${sqlText(this.parquet)})`;
  }

  get rows(): number {
    return this.facts.rows;
  }

  get minNs(): bigint {
    return this.facts.minNs;
  }

  get maxNs(): bigint {
    return this.facts.maxNs;
  }

  lines(rows: readonly number[]): Promise<string[]> {
    return this.file.read(rows);
  }

  groups(conditions: readonly TokenCondition[]): Promise<number[]> | undefined {
    return this.facts.indexed ? this.#index.groups(conditions) : undefined;
  }

  async drop(): Promise<void> {
    await rm(this.parquet, { force: true });
    await rm(this.#linesPath, { force: true });
    await rm(this.#indexPath, { force: true });
  }
}

export interface SegmentPaths {
  parquet: string;
  lines: string;
  index: string;
}

/** Segments in use by queries: one that is replaced is dropped after the last of them. */
export class Pins {
  readonly #pins = new Map<Segment, number>();
  readonly #replaced = new Set<Segment>();

  /** @returns a function that ends the use */
  pin(segments: readonly Segment[]): () => Promise<void> {
    for (const segment of segments) this.#pins.set(segment, (this.#pins.get(segment) ?? 0) + 1);
    let released = false;
    return async () => {
      if (released) return;
      released = true;
      for (const segment of segments) {
        const left = (this.#pins.get(segment) ?? 1) - 1;
        if (left > 0) this.#pins.set(segment, left);
        else this.#pins.delete(segment);
        if (left === 0 && this.#replaced.delete(segment)) await segment.drop();
      }
    };
  }

  async replaced(segments: readonly Segment[]): Promise<void> {
    for (const segment of segments) {
      if (this.#pins.has(segment)) this.#replaced.add(segment);
      else await segment.drop();
    }
  }
}
