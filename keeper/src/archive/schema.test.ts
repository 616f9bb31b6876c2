import { fieldStorage, FILTER_FIELDS } from '@auditrail/core/query';
import { COLUMNS, columnOfKey } from '../days/columns.ts';
import { ARCHIVE_COLUMNS, COPIED_COLUMNS } from './schema.ts';

test('every field that people can filter by has a column', () => {
  const columns = new Set(COPIED_COLUMNS.values());
  const inChain = ['chainStream', 'chainSeq'];
  const missing = FILTER_FIELDS.flatMap((field) => fieldStorage(field).parts ?? [fieldStorage(field)])
    .map(({ key }) => columnOfKey(key) ?? key)
    .filter((column) => !columns.has(column) && !inChain.includes(column));
  expect(missing).toEqual([]);
});

test('what it takes from a segment is there, under names that every engine takes', () => {
  const known = new Set(COLUMNS.map(({ name }) => name));
  expect([...COPIED_COLUMNS.values()].filter((column) => !known.has(column))).toEqual([]);
  const names = ARCHIVE_COLUMNS.map(([name]) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.filter((name) => !/^[a-z][a-z0-9_]*$/.test(name))).toEqual([]);
});
