import fc from 'fast-check';
import { entryIdTime } from './entry-id.ts';

test('an id holds the time when it was made', () => {
  // The example of RFC 9562, appendix A.6.
  expect(entryIdTime('017F22E2-79B0-7CC3-98C4-DC0C0C07398F')).toBe(Date.parse('2022-02-22T14:22:22.000-05:00'));
  expect(entryIdTime('019A8F3E-7A10-7000-8000-000000000001')).toBe(0x019a8f3e7a10);
});

test.each(['', 'x', '019a8f3e-7a10-4000-8000-000000000001', '019a8f3e-7a10-7000-8000-000000000001 ', '../..'])(
  '"%s" is not the id of an entry',
  (text) => expect(entryIdTime(text)).toBeUndefined(),
);

const hex = (length: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`));

test('the time is found in every id of version 7, in any case', () => {
  fc.assert(
    fc.property(
      fc.maxSafeNat().map((ms) => ms % 2 ** 48),
      hex(3),
      fc.constantFrom(...'89ab'),
      hex(3),
      hex(12),
      (ms, ...rest) => {
        const time = ms.toString(16).padStart(12, '0');
        const id = `${time.slice(0, 8)}-${time.slice(8)}-7${rest[0]}-${rest[1]}${rest[2]}-${rest[3]}`;
        expect([entryIdTime(id), entryIdTime(id.toUpperCase())]).toEqual([ms, ms]);
      },
    ),
  );
});

test('a text that differs from an id in one character is not an id', () => {
  const id = '019a8f3e-7a10-7000-8000-000000000001';
  const other = fc.constantFrom('g', '-', ' ', '\n', '\u0660', '');
  fc.assert(
    fc.property(fc.nat(id.length - 1), other, (at, char) => {
      fc.pre(id[at] !== char);
      expect(entryIdTime(id.slice(0, at) + char + id.slice(at + 1))).toBeUndefined();
    }),
  );
});
