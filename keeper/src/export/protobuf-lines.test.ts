import fc from 'fast-check';
import { dedupeSlice } from './dedupe-slice.ts';
import { protobufLines } from './protobuf-lines.ts';

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
}
const message = (field: number, bytes: readonly number[]) => [
  ...varint(field * 8 + 2),
  ...varint(bytes.length),
  ...bytes,
];
const number = (field: number, value: number) => (value === 0 ? [] : [...varint(field * 8), ...varint(value)]);
const text = (field: number, value: string) => message(field, [...Buffer.from(value)]);

interface Entry {
  seconds: number;
  nanos: number;
  line: string;
}
// Other fields of Loki's answer surround the lines.
const entry = ({ seconds, nanos, line }: Entry) =>
  message(2, [...message(1, [...number(1, seconds), ...number(2, nanos)]), ...text(2, line), ...text(3, 'metadata')]);
const stream = (entries: readonly Entry[]) =>
  message(2, [...text(1, '{a="b"}'), ...entries.flatMap(entry), 24, ...varint(2 ** 40)]);
const answer = (streams: readonly (readonly Entry[])[]) =>
  Uint8Array.from([
    ...message(1, [8, 1]),
    ...message(6, [
      ...text(1, 'success'),
      ...message(2, [...text(1, 'streams'), ...streams.flatMap(stream)]),
      ...[8 * 8 + 1, 1, 2, 3, 4, 5, 6, 7, 8],
    ]),
  ]);

const anyEntry = fc.record({
  seconds: fc.integer({ min: 1, max: 9_000_000_000 }),
  nanos: fc.integer({ min: 0, max: 999_999_999 }),
  line: fc.string({ unit: 'binary', maxLength: 300 }),
});

it('reads the encoded lines', () => {
  fc.assert(
    fc.property(fc.array(fc.array(anyEntry, { maxLength: 5 }), { maxLength: 4 }), (streams) => {
      const written = streams.flat().map(({ seconds, nanos, line }) => ({
        ns: BigInt(seconds) * 1_000_000_000n + BigInt(nanos),
        line,
      }));
      expect(protobufLines(answer(streams)).map(({ ns, line }) => ({ ns, line }))).toEqual(written);
    }),
  );
});

it('refuses a part of an answer', () => {
  const bytes = answer([[{ seconds: 1_795_000_000, nanos: 5, line: 'line' }]]);
  // The first field is complete after four bytes: an answer without lines.
  for (let end = 5; end < bytes.length; end++) expect(() => protobufLines(bytes.slice(0, end))).toThrow('cut off');
});

it('keeps the text of lines that share their nanosecond', () => {
  const at = { seconds: 1_795_000_000, nanos: 5 };
  const lines = protobufLines(
    answer([
      [{ ...at, line: 'a' }],
      [
        { ...at, line: 'b' },
        { ...at, line: 'a' },
      ],
    ]),
  );
  const { kept, duplicates } = dedupeSlice(lines);
  expect(kept.map(({ line }) => line).sort()).toEqual(['a', 'b']);
  expect(duplicates).toBe(1);
});
