import fc from 'fast-check';
import { ATTRIBUTES, toAttributes } from './attributes.ts';
import { completeEntry, type AuditEntryInput } from './entry.ts';
import { fromAttributes } from './from-attributes.ts';
import { anyEntryInput } from '../testing/entries.ts';

const stamp = { id: '019a8f3e-7a10-7000-8000-000000000001', time: '2026-11-21T06:18:19Z', service: 'shop' };

test('restores every field that has an attribute', () => {
  fc.assert(
    fc.property(anyEntryInput, (input) => {
      const chain = { stream: 's', seq: 2, prev: 'a'.repeat(64) };
      const attributes = toAttributes(completeEntry(input, { ...stamp, chain }));
      const fields = { description: '', ...fromAttributes(attributes) } as AuditEntryInput;
      // Empty texts have no attributes; all other values come out the same.
      expect(toAttributes(completeEntry(fields, { ...stamp, chain }))).toEqual(attributes);
    }),
  );
});

test('knows every attribute', () => {
  const all = Object.fromEntries(Object.values(ATTRIBUTES).map((name) => [name, 'x']));
  expect(fromAttributes(all)).not.toHaveProperty('properties');
});

test('attributes of no field become properties, scope names become scope', () => {
  const attributes = JSON.parse(
    '{"audit.action":"a.b","audit.scope.project":"apollo","shop.till":3,"__proto__":{"x":1},"audit.scope.__proto__":"y"}',
  ) as Record<string, unknown>;
  const fields = fromAttributes(attributes);
  expect(JSON.stringify(fields)).toBe(
    '{"action":"a.b","scope":{"project":"apollo","__proto__":"y"},"properties":{"shop.till":3,"__proto__":{"x":1}}}',
  );
  expect(({} as Record<string, unknown>)['x']).toBeUndefined();
});
