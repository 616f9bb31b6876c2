import type { LokiLine } from '@auditrail/core/loki';
import { Fields } from '../protobuf/fields.ts';

// Field numbers of Loki's `QueryResponse` (pkg/querier/queryrange/queryrange.proto) and `StreamAdapter` (push.proto).
const QUERY = { streams: 6 };
const STREAMS = { data: 2 };
const DATA = { result: 2 };
const STREAM = { entries: 2 };
const ENTRY = { time: 1, line: 2 };
const TIME = { seconds: 1, nanos: 2 };

/** A line whose text is decoded only when it is read: thousands wait for their turn, and bytes take less memory. */
class StoredLine implements LokiLine {
  readonly ns: bigint;
  readonly #bytes: Buffer;
  readonly #start: number;
  readonly #end: number;

  constructor(ns: bigint, bytes: Buffer, start: number, end: number) {
    this.ns = ns;
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
  }

  get line(): string {
    return this.#bytes.toString('utf8', this.#start, this.#end);
  }
}

function nanoseconds(time: Fields): bigint {
  let seconds = 0;
  let nanos = 0;
  while (time.next()) {
    if (time.field === TIME.seconds) seconds = time.value;
    if (time.field === TIME.nanos) nanos = time.value;
  }
  return BigInt(seconds) * 1_000_000_000n + BigInt(nanos);
}

function storedLine(bytes: Buffer, entry: Fields): LokiLine {
  let ns = 0n;
  let [start, end] = [0, 0];
  while (entry.next()) {
    if (entry.field === ENTRY.time) ns = nanoseconds(new Fields(bytes, entry.start, entry.end));
    if (entry.field === ENTRY.line) [start, end] = [entry.start, entry.end];
  }
  return new StoredLine(ns, bytes, start, end);
}

/**
 * The lines of a log query that Loki answered in protobuf. They reference the bytes of the answer.
 *
 * @throws Error if the bytes are not such an answer
 * @see https://github.com/grafana/loki/blob/v3.7.8/pkg/querier/queryrange/queryrange.proto
 */
export function protobufLines(body: Uint8Array): LokiLine[] {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const lines: LokiLine[] = [];
  for (const answer of new Fields(bytes, 0, bytes.length).inside(QUERY.streams)) {
    for (const data of answer.inside(STREAMS.data)) {
      for (const stream of data.inside(DATA.result)) {
        for (const entry of stream.inside(STREAM.entries)) lines.push(storedLine(bytes, entry));
      }
    }
  }
  return lines;
}
