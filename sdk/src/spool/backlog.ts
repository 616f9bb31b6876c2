import type { Segment } from './segments.ts';
import { isBehind, type SpoolMark, type SpoolPosition } from './spool.ts';

export interface BacklogState {
  segments: Segment[];
  /** How far the spool is committed. */
  cursor: SpoolPosition;
  /** How far it is sent. */
  sent: SpoolPosition;
}

/** The segments of a spool, and how far they are sent and committed: counts and positions only, without access to a disk. */
export class Backlog {
  #segments: Segment[];
  #cursor: SpoolPosition;
  #sent: SpoolPosition;

  constructor({ segments, cursor, sent }: BacklogState) {
    this.#segments = segments;
    this.#cursor = cursor;
    this.#sent = sent;
  }

  get cursor(): SpoolPosition {
    return this.#cursor;
  }

  get sent(): SpoolPosition {
    return this.#sent;
  }

  /** The segment that was added last. */
  get youngest(): Segment | undefined {
    return this.#segments.at(-1);
  }

  get pending(): number {
    return this.#segments.reduce((sum, { pending }) => sum + pending, 0);
  }

  get kept(): number {
    return this.#segments.reduce((sum, { kept }) => sum + kept, 0);
  }

  get pendingBytes(): number {
    return this.#bytesBehind(this.#sent);
  }

  /** Bytes that are not committed. */
  get bytes(): number {
    return this.#bytesBehind(this.#cursor);
  }

  #bytesBehind({ segment, offset }: SpoolPosition): number {
    return this.#segments.reduce((sum, { id, bytes }) => {
      if (id < segment) return sum;
      return sum + bytes - (id === segment ? offset : 0);
    }, 0);
  }

  add(segment: Segment): void {
    this.#segments.push(segment);
  }

  /** The first segment with bytes behind a position, and the offset to read it from. */
  nextBehind({ segment, offset }: SpoolPosition): { segment: Segment; from: number } | undefined {
    const next = this.#segments.find(({ id, bytes }) => id > segment || (id === segment && bytes > offset));
    return next && { segment: next, from: next.id === segment ? offset : 0 };
  }

  /** Whether a commit of everything that is kept would free a whole segment. */
  get freesSegment(): boolean {
    return this.pending === 0 || this.#segments.slice(0, -1).some(({ pending, kept }) => pending === 0 && kept > 0);
  }

  /** The youngest segment that is not empty, if nothing is pending or kept. */
  get lastDelivered(): Segment | undefined {
    return this.pending > 0 || this.bytes > 0 ? undefined : this.#segments.findLast(({ bytes }) => bytes > 0);
  }

  /** A committed segment was replaced by a shorter one, which is committed too. */
  replace(segment: Segment, shorter: Segment): void {
    this.#segments = [...this.#segments.filter((other) => other !== segment), shorter];
    this.#cursor = { segment: shorter.id, offset: shorter.bytes };
    this.#sent = this.#cursor;
  }

  /** @returns whether anything changed */
  markSent({ count, end }: SpoolMark): boolean {
    if (!isBehind(end, this.#sent)) return false;
    this.#sent = end;
    for (const segment of this.#segments) {
      if (segment.id > end.segment) break;
      const some = segment.id === end.segment && end.offset < segment.bytes;
      const sent = some ? Math.min(count, segment.pending) : segment.pending;
      segment.pending -= sent;
      segment.kept += sent;
    }
    return true;
  }

  /** @returns whether anything changed */
  markCommitted(mark: SpoolMark): boolean {
    const { count, end } = mark;
    if (!isBehind(end, this.#cursor)) return false;
    this.markSent(mark);
    this.#cursor = end;
    for (const segment of this.#segments) {
      if (segment.id < end.segment || (segment.id === end.segment && end.offset >= segment.bytes)) segment.kept = 0;
      else if (segment.id === end.segment) segment.kept = Math.max(0, segment.kept - count);
    }
    return true;
  }

  /** Removes the segments that are committed as a whole. The last one with entries stays: a restarted emitter reads it. */
  takeCommitted(end: SpoolPosition): Segment[] {
    const last = this.#segments.findLastIndex(({ bytes }) => bytes > 0);
    const done = this.#segments
      .slice(0, Math.max(last, 0))
      .filter(({ id, bytes }) => id < end.segment || (id === end.segment && bytes <= end.offset));
    this.#segments = this.#segments.filter((segment) => !done.includes(segment));
    return done;
  }

  /** Gives up the pending entries of the oldest segment that has any. @returns their number */
  skip(segment: Segment): number {
    const lost = segment.pending;
    segment.pending = 0;
    // If nothing is kept before it, it is committed too.
    const kept = isBehind(this.#sent, this.#cursor);
    this.#sent = { segment: segment.id, offset: segment.bytes };
    if (!kept) this.#cursor = this.#sent;
    return lost;
  }
}
