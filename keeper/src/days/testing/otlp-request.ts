/** A field of a protobuf message: its number, and bytes or a text. */
export function field(number: number, value: Buffer | string): Buffer {
  const bytes = Buffer.from(value);
  const head = [(number << 3) | 2];
  for (let length = bytes.length; ; length >>>= 7) {
    head.push(length > 127 ? (length & 127) | 128 : length);
    if (length <= 127) break;
  }
  return Buffer.concat([Buffer.from(head), bytes]);
}

/** A value that is a text. */
export const text = (value: string): Buffer => field(1, value);

/** A member of a list of attributes. */
export const pair = (key: string, value: Buffer): Buffer => Buffer.concat([field(1, key), field(2, value)]);

/** A log record within its scope; its time is 1 ns after 1970 by default. */
export function record(line: string, { ns = 1n, attributes = [] as Buffer[] } = {}): Buffer {
  const time = Buffer.alloc(9);
  time[0] = (11 << 3) | 1;
  time.writeBigUInt64LE(ns, 1);
  return field(2, Buffer.concat([time, field(5, text(line)), ...attributes.map((each) => field(6, each))]));
}

/** For tests: a request as the collector sends it, with records of the service `shop`. */
export const request = (...records: Buffer[]): Buffer =>
  field(1, Buffer.concat([field(1, field(1, pair('service.name', text('shop')))), field(2, Buffer.concat(records))]));
