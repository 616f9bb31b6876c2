import { RowSlots } from './row-slots.ts';

const slotsOf = (slots: RowSlots, text: string, kept?: string, mayReuse = true) => [
  ...slots.of(text.split(''), kept, mayReuse).values(),
];

test('rows keep their keys while they are rendered; additional ones get new keys', () => {
  const slots = new RowSlots();
  expect(slotsOf(slots, 'abcd')).toEqual([0, 1, 2, 3]);
  expect(slotsOf(slots, 'cdef')).toEqual([2, 3, 4, 5]);
  expect(slotsOf(slots, 'cdef')).toEqual([2, 3, 4, 5]);
});

test('after a jump, new rows reuse the keys in order', () => {
  const slots = new RowSlots();
  slotsOf(slots, 'abcd');
  expect(slotsOf(slots, 'wxyz')).toEqual([0, 1, 2, 3]);
  expect(slotsOf(slots, 'ab')).toEqual([0, 1]);
  expect(slotsOf(slots, 'klm')).toEqual([0, 1, 4]);
});

test('the key of the active row is never reused', () => {
  const slots = new RowSlots();
  expect(slotsOf(slots, 'abc', 'a')).toEqual([0, 1, 2]);
  expect(slotsOf(slots, 'axy', 'a')).toEqual([0, 1, 2]);
});

test('keys are not reused while a row is open', () => {
  const slots = new RowSlots();
  slotsOf(slots, 'abc', undefined, false);
  expect(slotsOf(slots, 'xyz')).toEqual([3, 4, 5]);
  expect(slotsOf(slots, 'klm')).toEqual([3, 4, 5]);
});
