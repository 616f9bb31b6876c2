import fc from 'fast-check';
import { encodeFrames, payloadOf, scanFrames } from './frame.ts';

const lines = fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 8 });
const read = (bytes: Buffer, whole = true) => scanFrames(bytes, whole).frames.map((frame) => payloadOf(bytes, frame));
const sizeOf = (line: string) => encodeFrames([line]).length;

test('encoded lines are decoded, at whatever byte the file was torn', () => {
  fc.assert(
    fc.property(lines, fc.boolean(), (given, whole) => {
      const bytes = encodeFrames(given);
      for (let cut = 0; cut <= bytes.length; cut++) {
        const torn = bytes.subarray(0, cut);
        let intact = 0;
        for (let size = 0; intact < given.length; intact++) {
          size += sizeOf(given[intact] ?? '');
          if (size > cut) break;
        }
        expect(read(torn, whole)).toEqual(given.slice(0, intact));
      }
    }),
    { numRuns: 50 },
  );
});

test('a changed byte costs only its own frame', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 1, max: 255 }),
      (given, flip) => {
        const good = encodeFrames(given);
        let frame = 0;
        let end = sizeOf(given[0] ?? '');
        for (let offset = 0; offset < good.length; offset++) {
          if (offset >= end) end += sizeOf(given[++frame] ?? '');
          const bytes = Buffer.from(good);
          bytes.writeUInt8(bytes.readUInt8(offset) ^ flip, offset);
          expect(read(bytes)).toEqual(given.toSpliced(frame, 1));
          const { damaged } = scanFrames(bytes, true);
          expect(damaged).toEqual([{ start: end - sizeOf(given[frame] ?? ''), end }]);
        }
      },
    ),
    { numRuns: 50 },
  );
});

test('garbage of any kind before, between and behind costs nothing', () => {
  const garbage = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));
  fc.assert(
    fc.property(lines, garbage, garbage, garbage, (given, before, between, behind) => {
      const half = Math.floor(given.length / 2);
      const parts = [before, encodeFrames(given.slice(0, half)), between, encodeFrames(given.slice(half)), behind];
      expect(read(Buffer.concat(parts))).toEqual(given);
    }),
  );
});

test('a frame that may only be cut off is left for the next read', () => {
  const bytes = encodeFrames(['one', 'two']);
  const { frames, damaged, end } = scanFrames(bytes.subarray(0, -1), false);
  expect([frames.length, damaged, end]).toEqual([1, [], sizeOf('one')]);
});
