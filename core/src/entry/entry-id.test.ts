import fc from 'fast-check';
import { entryIdTime } from './entry-id.ts';

test('an id holds the time when it was made', () => {
  // The example of RFC 9562, appendix A.6.
  expect(entryIdTime('017F22E2-79B0-7CC3-98C4-DC0C0C07398F')).toBe(Date.parse('2022-02-22T14:22:22.000-05:00'));
  expect(entryIdTime('019A8F3E-7A10-7000-8000-000000000001')).toBe(0x019a8f3e7a10);
});

test.each(['', 'x', '019a8f3e-7a10-4000-8000-000000000001', '019a8f3e-7a10-7000-8000-000000000001 ', '../..'])(
  '"%s" is no id of an entry',
  (text) => expect(entryIdTime(text)).toBeUndefined(),
);

test('no text throws', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void entryIdTime(text)));
});
