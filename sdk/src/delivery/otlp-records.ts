import { setImmediate as nextTurn } from 'node:timers/promises';
import { ROOT_CONTEXT, trace, type Context, type HrTime, type Logger } from '@opentelemetry/api';
import type { LogRecordProcessor, ReadableLogRecord } from '@opentelemetry/sdk-logs';
import { AuditError, parseTime, SCHEMA_VERSIONS, SERVICE_NAME, toAttributes, type AuditEntry } from '@auditrail/core';
import type * as OtlpLibraries from './otlp-libraries.ts';
import { integrityAttributes, PLAIN_DIGEST, type Digest } from '../chain/integrity.ts';
import { stampOf, type Stamp } from './stamp.ts';

function toHrTime(ns: bigint): HrTime {
  return [Number(ns / 1_000_000_000n), Number(ns % 1_000_000_000n)];
}

function traceContext(entry: AuditEntry): Context {
  return entry.trace ? trace.setSpanContext(ROOT_CONTEXT, { ...entry.trace, traceFlags: 1 }) : ROOT_CONTEXT;
}

// The line was checked when it was recorded, and the spool's checksum shows that it is unchanged: checking the whole schema
// again would cost as much as all the rest.
function spooledEntry(line: string): AuditEntry {
  const entry = JSON.parse(line) as AuditEntry;
  if (!SCHEMA_VERSIONS.includes(entry.schema)) {
    const known = SCHEMA_VERSIONS.join(' and ');
    const message = `the entry has schema ${String(entry.schema)}, and this version knows ${known}: use a newer one`;
    throw new AuditError('INVALID_ENTRY', message);
  }
  return entry;
}

/** Keeps the records of one batch. */
class Collected implements LogRecordProcessor {
  records: ReadableLogRecord[] = [];
  onEmit(record: ReadableLogRecord): void {
    this.records.push(record);
  }
  forceFlush = () => Promise.resolve();
  shutdown = () => Promise.resolve();
}

/** A batch that is ready to be sent. */
export interface EncodedLogs {
  /** The body of an OTLP/JSON request. */
  body: Buffer;
  /** How many of the lines, from the first, are in it. */
  count: number;
  /** The stamp of each of these lines. */
  stamps: (Stamp | undefined)[];
}

// About 1 ms of work: the longest that the application waits for its turn.
const CHUNK_LINES = 50;

// Chunks are serialized one by one and joined: each is a list of one member.
const HEAD = Buffer.from('{"resourceLogs":[');
const TAIL = Buffer.from(']}');
const COMMA = Buffer.from(',');

function membersOf(bytes: Uint8Array): Buffer {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = text.length - TAIL.length;
  if (!text.subarray(0, HEAD.length).equals(HEAD) || !text.subarray(end).equals(TAIL)) {
    throw new Error('the OTLP serializer does not write the format of the pinned version: install the pinned version');
  }
  return text.subarray(HEAD.length, end);
}

/** Converts lines to OpenTelemetry log records, with a `LoggerProvider` that is not registered anywhere. */
export class OtlpRecords {
  readonly #collected = new Collected();
  readonly #logger: Logger;
  readonly #serializer: typeof OtlpLibraries.JsonLogsSerializer;
  readonly #digest: Digest;

  /** @param digest of the chain: for the attributes that state how an entry is protected */
  constructor(
    {
      LoggerProvider,
      resourceFromAttributes,
      JsonLogsSerializer,
    }: Omit<typeof OtlpLibraries, 'ProtobufLogsSerializer'>,
    service: string,
    digest: Digest = PLAIN_DIGEST,
  ) {
    const provider = new LoggerProvider({
      resource: resourceFromAttributes({ [SERVICE_NAME]: service }),
      // Core bounds our attributes; an environment variable meant for other logs must not cut them.
      logRecordLimits: { attributeCountLimit: 128, attributeValueLengthLimit: Infinity },
      processors: [this.#collected],
    });
    this.#logger = provider.getLogger('@auditrail/sdk');
    this.#serializer = JsonLogsSerializer;
    this.#digest = digest;
  }

  /**
   * As many lines, from the first, as fit into `maxBytes` (but at least one), as the body of an OTLP/JSON request.
   *
   * @throws AuditError `INVALID_ENTRY` if this version cannot read the first line. A later line that it cannot read ends the
   *   batch before it.
   */
  async encode(lines: readonly string[], maxBytes: number): Promise<EncodedLogs> {
    const parts: Buffer[] = [HEAD];
    let size = HEAD.length + TAIL.length;
    let count = 0;
    const stamps: (Stamp | undefined)[] = [];
    while (count < lines.length) {
      if (count > 0) await nextTurn();
      let records = this.#emitFrom(lines, count, stamps);
      const wanted = Math.min(CHUNK_LINES, lines.length - count);
      const ended = records.length < wanted;
      let part = records.length > 0 ? this.#serialize(records) : undefined;
      // Halves, until it fits: only large entries come here.
      while (part && size + part.length + 1 > maxBytes && (count > 0 || records.length > 1)) {
        records = records.slice(0, Math.floor(records.length / 2));
        part = records.length > 0 ? this.#serialize(records) : undefined;
      }
      if (!part) break;
      if (count > 0) parts.push(COMMA);
      parts.push(part);
      size += part.length + 1;
      count += records.length;
      stamps.length = count;
      if (ended || records.length < wanted) break;
    }
    parts.push(TAIL);
    stamps.length = count;
    return { body: Buffer.concat(parts), count, stamps };
  }

  // Records of the lines from `from` to before the first that cannot be read.
  #emitFrom(lines: readonly string[], from: number, stamps: (Stamp | undefined)[]): ReadableLogRecord[] {
    const collected = this.#collected;
    collected.records = [];
    try {
      for (const line of lines.slice(from, from + CHUNK_LINES)) stamps.push(this.#emit(line));
    } catch (cause) {
      if (from === 0 && collected.records.length === 0) {
        if (cause instanceof AuditError) throw cause;
        throw new AuditError('INVALID_ENTRY', `the line is not an entry: ${String(cause)}`, { cause });
      }
    }
    return collected.records;
  }

  #emit(line: string): Stamp | undefined {
    const entry = spooledEntry(line);
    const ns = parseTime(entry.time);
    if (ns === undefined) throw new AuditError('INVALID_ENTRY', "the entry's time is not valid");
    const timestamp = toHrTime(ns);
    this.#logger.emit({
      eventName: entry.action,
      timestamp,
      // The same with every attempt: Loki recognizes an exact replay by it.
      observedTimestamp: timestamp,
      body: line,
      attributes: { ...toAttributes(entry), ...integrityAttributes(line, entry, this.#digest) },
      context: traceContext(entry),
    });
    return stampOf(entry, ns);
  }

  #serialize(records: ReadableLogRecord[]): Buffer {
    const bytes = this.#serializer.serializeRequest(records);
    if (!bytes) throw new Error('the OTLP serializer returned nothing');
    return membersOf(bytes);
  }
}
