type Field = readonly [number: number, value: Buffer];

/** The fields of a protobuf message that hold bytes, texts and messages; skips numbers. */
function* bytesFields(message: Buffer): Generator<Field> {
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = message[at++];
      if (byte === undefined) throw new RangeError('the message ends within a number');
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const type = tag & 7;
    if (type === 0) varint();
    else if (type === 1) at += 8;
    else if (type === 5) at += 4;
    else if (type === 2) {
      const end = varint() + at;
      yield [tag >>> 3, message.subarray(at, end)];
      at = end;
    } else throw new TypeError(`unknown wire type ${type}`);
  }
}

function inside(messages: readonly Buffer[], field: number): Buffer[] {
  return messages.flatMap((message) =>
    [...bytesFields(message)].filter(([number]) => number === field).map(([, value]) => value),
  );
}

/** The texts that are bodies of log records in an `ExportLogsServiceRequest`. */
export function otlpBodies(request: Buffer): string[] {
  // resource_logs, scope_logs, log_records, body, string_value.
  const texts = [1, 2, 2, 5, 1].reduce((messages: Buffer[], field) => inside(messages, field), [request]);
  return texts.map((text) => text.toString('utf8'));
}
