import fc from 'fast-check';
import { attributeText, ATTRIBUTES, lokiName, toAttributes } from '../entry/attributes.ts';
import { completeEntry } from '../entry/entry.ts';
import { fieldStorage, FILTER_FIELDS } from '../query/filters.ts';
import { anyEntryInput } from '../testing/entries.ts';
import { parseTime } from '../time.ts';
import { entryEvent } from './event.ts';

const stamp = { id: '019aa5c4-2d38-7000-8000-000000000000', service: 'shop' };
// Loki has these under names of its own, or in several attributes.
const OTHERS = new Set(['service', 'traceId', 'spanId', 'onBehalfOf', 'group', 'record']);

it('reads the values that Loki has', () => {
  fc.assert(
    fc.property(anyEntryInput, (input) => {
      const entry = completeEntry(input, { ...stamp, time: '2026-01-05T09:00:00.123456789Z' });
      const attributes = new Map(Object.entries(toAttributes(entry)).map(([name, value]) => [lokiName(name), value]));
      const { value } = entryEvent(entry);
      for (const field of FILTER_FIELDS.filter((name) => !OTHERS.has(name))) {
        expect([field, value(field) || undefined]).toEqual([
          field,
          attributes.get(fieldStorage(field).key)?.toString(),
        ]);
      }
      expect(value('service')).toBe('shop');
      expect(!!value('onBehalfOf')).toBe(attributes.has(lokiName(ATTRIBUTES.onBehalfOfTypes)));
      for (const [name, text] of Object.entries(entry.scope ?? {})) {
        expect(value(`scope.${name}`)).toBe(attributeText(text));
      }
    }),
  );
});

it.each([
  '2026-01-05T09:00:00.123456789Z',
  '2026-01-05T09:00:00Z',
  '2026-01-05T09:00:00.5Z',
  '1990-01-01T00:00:00.0001Z',
])('has the time %s', (time) => {
  const entry = completeEntry({ action: 'a.b', description: '', actor: { type: 'system' } }, { ...stamp, time });
  expect(entryEvent(entry).time).toBeCloseTo(Number(parseTime(time)) / 1e6, 3);
});

it('reads members of properties', () => {
  const properties = { cart: { total: 12, paid: true, note: 'x', items: [1] } };
  const input = { action: 'a.b', description: '', actor: { type: 'system' }, properties } as const;
  const { value } = entryEvent(completeEntry(input, { ...stamp, time: '2026-01-05T09:00:00Z' }));
  const names = ['total', 'paid', 'note', 'items', 'missing'] as const;
  expect(names.map((name) => value(`properties.cart.${name}`))).toEqual(['12', 'true', 'x', undefined, undefined]);
});
