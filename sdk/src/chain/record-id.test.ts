import { newRecordId } from './record-id.ts';

test('returns UUIDs of version 7, each once and in order', () => {
  const ids = Array.from({ length: 20_000 }, newRecordId);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.toSorted()).toEqual(ids);
  const age = Date.now() - parseInt((ids.at(-1) ?? '').replace('-', '').slice(0, 12), 16);
  expect(Math.abs(age)).toBeLessThan(10_000);
});

test('its random end differs from id to id', () => {
  const ends = new Set(Array.from({ length: 5_000 }, () => newRecordId().slice(-8)));
  expect(ends.size).toBeGreaterThan(4_990);
});
