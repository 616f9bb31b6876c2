import { RowSlots } from './row-slots.ts';

const slotsOf = (slots: RowSlots, text: string, kept?: string, mayReuse = true) => [
  ...slots.of(text.split(''), kept, mayReuse).values(),
];

test('rows keep their keys while they are drawn; those that come beside them get new ones', () => {
  const slots = new RowSlots();
  expect(slotsOf(slots, 'abcd')).toEqual([0, 1, 2, 3]);
  expect(slotsOf(slots, 'cdef')).toEqual([2, 3, 4, 5]);
  expect(slotsOf(slots, 'cdef')).toEqual([2, 3, 4, 5]);
});

test('after a jump rows take over what is there, in order', () => {
  const slots = new RowSlots();
  slotsOf(slots, 'abcd');
  expect(slotsOf(slots, 'wxyz')).toEqual([0, 1, 2, 3]);
  expect(slotsOf(slots, 'ab')).toEqual([0, 1]);
  expect(slotsOf(slots, 'klm')).toEqual([0, 1, 4]);
});

test('the row with the keyboard is never another one', () => {
  const slots = new RowSlots();
  expect(slotsOf(slots, 'abc', 'a')).toEqual([0, 1, 2]);
  expect(slotsOf(slots, 'axy', 'a')).toEqual([0, 1, 2]);
});

test('rows of which one is open become no others', () => {
  const slots = new RowSlots();
  slotsOf(slots, 'abc', undefined, false);
  expect(slotsOf(slots, 'xyz')).toEqual([3, 4, 5]);
  expect(slotsOf(slots, 'klm')).toEqual([3, 4, 5]);
});
