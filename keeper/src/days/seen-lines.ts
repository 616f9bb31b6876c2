import { DuckDBBlobValue, type DuckDBValue } from './duckdb.ts';
import { toTrailLine } from '@auditrail/core/loki';
import { COLUMNS, toRow, type StoredRecord } from './columns.ts';
import type { Duck } from './duck.ts';
import { HashSet } from './hash-set.ts';
import type { Row } from './memory-segment.ts';
import { DAY_NS, dayOf, type Segment } from './segment.ts';

/** Days whose hashes are in memory, with 64 bytes an entry … */
const DAYS_IN_MEMORY = 4;
/** … but of more than one day, only so many. */
const LINES_IN_MEMORY = 1_000_000;

const [HASH, IDENTITY, REPEATS] = ['hash', 'identity', 'repeats'].map((wanted) =>
  COLUMNS.findIndex(({ name }) => name === wanted),
) as [number, number, number];

/** The hashes of one day: of whole lines, and of what identifies an entry. */
interface SeenDay {
  lines: HashSet;
  identities: HashSet;
}

/**
 * Recognizes lines that are stored already. Copies have the same time, so that only the hashes of the days in question are
 * needed: they are read from the segments, and kept for the days that were used last.
 */
export class SeenLines {
  readonly #duck: Duck;
  readonly #segmentsWithin: (start: bigint, end: bigint) => readonly Segment[];
  readonly #days = new Map<number, SeenDay>();

  constructor(duck: Duck, segmentsWithin: (start: bigint, end: bigint) => readonly Segment[]) {
    this.#duck = duck;
    this.#segmentsWithin = segmentsWithin;
  }

  /** Notes a record. @returns its row, or `undefined` if its line is stored already */
  async newRow(record: StoredRecord): Promise<Row | undefined> {
    const values = toRow(record);
    const seen = await this.#on(dayOf(record.ns));
    if (!seen.lines.add(lineKey(record.ns, values[HASH] as Buffer))) return undefined;
    const isKnown = !seen.identities.add(values[IDENTITY] as Buffer);
    // What is not an entry repeats nothing: readers show each of its lines.
    values[REPEATS] = isKnown && toTrailLine(record).entry !== undefined;
    return { record, values };
  }

  /** Forgets what was noted and may not be stored. */
  forget(): void {
    this.#days.clear();
  }

  /** Forgets the days that were not used lately. What was noted last must be stored before. */
  trim(): void {
    for (const oldest of this.#days.keys()) {
      const lines = [...this.#days.values()].reduce((sum, day) => sum + day.lines.size, 0);
      if (this.#days.size <= 1 || (this.#days.size <= DAYS_IN_MEMORY && lines <= LINES_IN_MEMORY)) break;
      this.#days.delete(oldest);
    }
  }

  async #on(day: number): Promise<SeenDay> {
    const seen = this.#days.get(day) ?? (await this.#load(day));
    // The day that was used last is forgotten last.
    this.#days.delete(day);
    this.#days.set(day, seen);
    return seen;
  }

  async #load(day: number): Promise<SeenDay> {
    const seen = { lines: new HashSet(), identities: new HashSet() };
    const start = BigInt(day) * DAY_NS;
    for (const { source } of this.#segmentsWithin(start, start + DAY_NS)) {
      const span = `ns >= ${start} AND ns < ${start + DAY_NS}`;
      let read = 0;
      for await (const rows of this.#duck.stream(`SELECT ns, hash, identity FROM ${source} WHERE ${span}`)) {
        for (const [ns, hash, identity] of rows) {
          seen.lines.add(lineKey(ns as bigint, bytesOf(hash)));
          seen.identities.add(bytesOf(identity));
        }
        read += rows.length;
      }
      // An error in the middle of a result can look like its end.
      const [counted] = await this.#duck.rows(`SELECT count(*) FROM ${source} WHERE ${span}`);
      if (Number(counted?.[0]) !== read)
        throw new Error(`${source} was read in part: ${read} of ${String(counted?.[0])}`);
    }
    return seen;
  }
}

// One text at two times is two lines. The time changes the hash, which nobody can choose.
function lineKey(ns: bigint, hash: Buffer): Buffer {
  const key = Buffer.from(hash.subarray(0, 16));
  key.writeBigUInt64LE(key.readBigUInt64LE(0) ^ BigInt.asUintN(64, ns), 0);
  return key;
}

function bytesOf(value: DuckDBValue | undefined): Buffer {
  if (!(value instanceof DuckDBBlobValue)) throw new Error('a hash is not a BLOB');
  const { buffer, byteOffset, byteLength } = value.bytes;
  return Buffer.from(buffer, byteOffset, byteLength);
}
