import { ATTRIBUTES, SERVICE_NAME, toAttributes } from '@auditrail/core';
import type { TrailEntry } from '../trail/emitters.ts';

type AttributeValue = ReturnType<typeof toAttributes>[string];

// OTLP over protobuf, https://github.com/open-telemetry/opentelemetry-proto (logs.proto, common.proto): as the collector
// sends it. Written by hand, because a loader must be faster than the databases that it measures.
const FIRST_BYTES = 1_000_000;
const LENGTH_BYTES = 4;

const tag = (field: number, wire: number) => field * 8 + wire;
const FIXED64 = 1;
const LEN = 2;

/** A growing buffer of protobuf fields. */
class Fields {
  #bytes: Buffer<ArrayBuffer> = Buffer.allocUnsafe(FIRST_BYTES);
  length = 0;

  #reserve(bytes: number): void {
    if (this.length + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe((this.length + bytes) * 2);
    this.#bytes.copy(larger, 0, 0, this.length);
    this.#bytes = larger;
  }

  #number(value: number): void {
    let rest = value;
    for (; rest > 127; rest = Math.floor(rest / 128)) this.#bytes[this.length++] = (rest % 128) | 128;
    this.#bytes[this.length++] = rest;
  }

  text(field: number, value: string): void {
    const bytes = Buffer.byteLength(value);
    this.#reserve(bytes + 8);
    this.#number(tag(field, LEN));
    this.#number(bytes);
    this.length += this.#bytes.write(value, this.length, 'utf8');
  }

  hex(field: number, value: string): void {
    this.#reserve(value.length + 8);
    this.#number(tag(field, LEN));
    this.#number(value.length / 2);
    this.length += this.#bytes.write(value, this.length, 'hex');
  }

  fixed64(field: number, value: bigint): void {
    this.#reserve(9);
    this.#number(tag(field, FIXED64));
    this.length = this.#bytes.writeBigUInt64LE(value, this.length);
  }

  varint(field: number, value: number): void {
    this.#reserve(16);
    this.#number(tag(field, 0));
    this.#number(value);
  }

  /** Fields that are written already. */
  raw(fields: Uint8Array): void {
    this.#reserve(fields.length);
    this.#bytes.set(fields, this.length);
    this.length += fields.length;
  }

  /** A message of unknown length: its length is written afterwards, padded to {@link LENGTH_BYTES}, as protobuf allows. */
  message(field: number, write: () => void): void {
    this.#reserve(8);
    this.#number(tag(field, LEN));
    const at = this.length;
    this.length += LENGTH_BYTES;
    write();
    let size = this.length - at - LENGTH_BYTES;
    for (let n = 0; n < LENGTH_BYTES; n++, size >>>= 7) {
      this.#bytes[at + n] = (size & 127) | (n < LENGTH_BYTES - 1 ? 128 : 0);
    }
  }

  /** The fields so far, until the next one is written. */
  view(): Buffer<ArrayBuffer> {
    return this.#bytes.subarray(0, this.length);
  }
}

function writeValue(to: Fields, value: AttributeValue): void {
  if (typeof value === 'string') return to.text(1, value);
  if (typeof value === 'number') return to.varint(3, value);
  to.message(5, () => {
    for (const item of value) to.message(1, () => to.text(1, item));
  });
}

function writeAttribute(to: Fields, field: number, key: string, value: AttributeValue): void {
  to.message(field, () => {
    to.text(1, key);
    to.message(2, () => writeValue(to, value));
  });
}

/** Log records of entries, by the service that wrote them, until {@link LogsRequest.take} makes a request of them. */
export class LogsRequest {
  #services = new Map<string, Fields>();
  /** About the size of the request. */
  bytes = 0;

  add({ ns, entry, line, hash }: TrailEntry): void {
    let records = this.#services.get(entry.service);
    if (!records) this.#services.set(entry.service, (records = new Fields()));
    const to = records;
    const before = to.length;
    to.message(2, () => {
      to.fixed64(1, ns);
      to.message(5, () => to.text(1, line));
      const attributes = toAttributes(entry);
      for (const key in attributes) writeAttribute(to, 6, key, attributes[key] as AttributeValue);
      writeAttribute(to, 6, ATTRIBUTES.integrityValue, hash);
      writeAttribute(to, 6, ATTRIBUTES.integrityAlgorithm, 'sha256');
      writeAttribute(to, 6, ATTRIBUTES.integrityCanonicalization, 'RFC8785');
      if (entry.trace) {
        to.hex(9, entry.trace.traceId);
        to.hex(10, entry.trace.spanId);
      }
      to.fixed64(11, ns);
      to.text(12, entry.action);
    });
    this.bytes += to.length - before;
  }

  /** The body of a request with all records, which are removed. */
  take(): Buffer<ArrayBuffer> {
    const request = new Fields();
    for (const [service, records] of this.#services) {
      if (records.length === 0) continue;
      request.message(1, () => {
        request.message(1, () => writeAttribute(request, 1, SERVICE_NAME, service));
        request.message(2, () => {
          request.message(1, () => request.text(1, '@auditrail/sdk'));
          request.raw(records.view());
        });
      });
      records.length = 0;
    }
    this.bytes = 0;
    return request.view();
  }
}
