import fc from 'fast-check';
import { decodeFrames, encodeFrame } from './spool-frame.ts';

test('what was encoded is decoded, wherever the file was torn', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 8 }), fc.nat(), (lines, cut) => {
      const frames = lines.map(encodeFrame);
      const bytes = Buffer.concat(frames);
      const torn = bytes.subarray(0, bytes.length === 0 ? 0 : cut % (bytes.length + 1));
      let whole = 0;
      for (let size = 0; whole < frames.length; whole++) {
        size += frames[whole]?.length ?? 0;
        if (size > torn.length) break;
      }
      expect(decodeFrames(torn).frames.map(({ payload }) => payload)).toEqual(lines.slice(0, whole));
    }),
  );
});

test('a changed byte ends the reading before it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string(), { minLength: 1, maxLength: 5 }),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (lines, at, flip) => {
        const bytes = Buffer.concat(lines.map(encodeFrame));
        const place = at % bytes.length;
        bytes.writeUInt8(bytes.readUInt8(place) ^ flip, place);
        const { frames } = decodeFrames(bytes);
        expect(frames.length).toBeLessThan(lines.length);
        expect(frames.map(({ payload }) => payload)).toEqual(lines.slice(0, frames.length));
      },
    ),
  );
});
