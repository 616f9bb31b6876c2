/**
 * Iterates over the fields of one protobuf message: varints are values, other fields are start and end offsets. For messages
 * whose many small parts are read once, and whose texts are decoded only if they are needed.
 *
 * @throws Error if the bytes are not such a message
 * @see https://protobuf.dev/programming-guides/encoding/
 */
export class Fields {
  readonly #bytes: Buffer;
  readonly #end: number;
  #at: number;
  field = 0;
  /** Value of a varint field. */
  value = 0;
  /** Offset of the field's bytes. */
  start = 0;

  constructor(bytes: Buffer, start: number, end: number) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  get end(): number {
    return this.#at;
  }

  next(): boolean {
    if (this.#at >= this.#end) return false;
    const key = this.#varint();
    this.field = key >>> 3;
    const type = key & 7;
    this.start = this.#at;
    if (type === 0) this.value = this.#varint();
    else if (type === 2) {
      const length = this.#varint();
      this.start = this.#at;
      this.#at += length;
    } else if (type === 1) this.#at += 8;
    else if (type === 5) this.#at += 4;
    else throw new Error(`a field of type ${type}`);
    if (this.#at > this.#end) throw new Error('the message is cut off');
    return true;
  }

  /** The message in this field. */
  get nested(): Fields {
    return new Fields(this.#bytes, this.start, this.#at);
  }

  get text(): string {
    return this.#bytes.toString('utf8', this.start, this.#at);
  }

  get hex(): string {
    return this.#bytes.toString('hex', this.start, this.#at);
  }

  get base64(): string {
    return this.#bytes.toString('base64', this.start, this.#at);
  }

  get double(): number {
    return this.#bytes.readDoubleLE(this.start);
  }

  get fixed64(): bigint {
    return this.#bytes.readBigUInt64LE(this.start);
  }

  /** The varint as a signed number of 64 bits. */
  get int64(): bigint {
    let value = 0n;
    for (let at = this.start, shift = 0n; at < this.#at; at++, shift += 7n) {
      value |= BigInt((this.#bytes[at] ?? 0) & 127) << shift;
    }
    return BigInt.asIntN(64, value);
  }

  #varint(): number {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new Error('the message is cut off');
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  }

  /** The nested messages in fields of this number. */
  *inside(field: number): Generator<Fields, void> {
    while (this.next()) if (this.field === field) yield this.nested;
  }
}
