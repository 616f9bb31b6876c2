import { RowChanges } from './row-changes.ts';

test('keys that print alike are different rows', () => {
  const changes = new RowChanges('shift', ['at', 'badge']);
  const rows = (value: string) =>
    [0, 1].flatMap((ms) => [7, 8].map((byte) => ({ at: new Date(ms), badge: new Uint8Array([byte]), value })));
  const before = rows('old').map((row, i) => ({ ...row, value: `old ${i}` }));
  const pairs = changes.updated(before, rows('new').reverse());
  expect(pairs.map(({ before }) => before?.['value'])).toEqual(['old 3', 'old 2', 'old 1', 'old 0']);
  expect(pairs[0]?.id).toBe('1970-01-01T00%3A00%3A00.001Z:08');
});
