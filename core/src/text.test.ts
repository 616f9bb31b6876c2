import fc from 'fast-check';
import { cutUtf8, fitsUtf8, utf8Bytes } from './text.ts';

const texts = fc.string({ unit: 'grapheme', maxLength: 60 });
const bytes = fc.nat({ max: 200 });

test('a text fits exactly if its UTF-8 is not longer', () => {
  fc.assert(
    fc.property(texts, bytes, (text, most) => {
      expect(fitsUtf8(text, most)).toBe(Buffer.byteLength(text) <= most);
      expect(utf8Bytes(text)).toBe(Buffer.byteLength(text));
    }),
  );
});

test('a cut text fits, is a prefix, and ends between two characters', () => {
  fc.assert(
    fc.property(texts, bytes, (text, most) => {
      const cut = cutUtf8(text, most);
      expect(fitsUtf8(cut, most)).toBe(true);
      expect(text.startsWith(cut)).toBe(true);
      expect(cut.isWellFormed()).toBe(true);
      if (fitsUtf8(text, most)) expect(cut).toBe(text);
    }),
  );
});
