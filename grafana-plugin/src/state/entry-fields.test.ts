import { parseEntry } from '@auditrail/core';
import { storedLine } from '../testing/fake-loki.ts';
import { entryFields } from './entry-fields.ts';

function lineWith(fields: object) {
  const [ns, line] = storedLine({ time: '2026-11-21T06:18:19Z', ...fields });
  const entry = parseEntry(line);
  return { key: entry.id, ns, line, entry };
}

test('names in scope and members of properties that can be filtered by', () => {
  const lines = [
    lineWith({ scope: { region: 'eu' }, properties: { cart: { total: 7, items: [1] }, $redacted: ['actor.id'] } }),
    lineWith({ scope: { project: 'apollo' }, properties: { paid: true, 'a b': 1, none: null, note: 'x' } }),
  ];
  expect(entryFields(lines)).toEqual([
    ...['scope.project', 'scope.region'],
    ...['properties.cart.total', 'properties.note', 'properties.paid'],
  ]);
  expect(entryFields([])).toEqual([]);
});

test('no more than a list can hold', () => {
  const properties = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`p${i}`, i]));
  expect(entryFields([lineWith({ properties })])).toHaveLength(60);
});
