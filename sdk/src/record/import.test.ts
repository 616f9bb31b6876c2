import { entryIdTime } from '@auditrail/core';
import fc from 'fast-check';
import { importId } from './import.ts';

const event = { time: '2023-05-09T00:00:00.123456789Z', source: 'cloudtrail', key: 'e-1' };

test('the same event has the same id, which has its time', () => {
  const id = importId(event);
  expect(id).toBe(importId({ ...event }));
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(entryIdTime(id)).toBe(Date.parse('2023-05-09T00:00:00.123Z'));
  // Never changes, or a later import would add every entry again.
  expect(id).toBe('0187fdce-c87b-7b3a-bf83-d0d8b0b27900');
});

test('events of other sources, keys or times have other ids', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
      const ids = [
        event,
        { ...event, source: `${event.source}${a}`, key: b },
        { ...event, source: event.source, key: `${a}${b}` },
        { ...event, time: '2023-05-09T00:00:01Z' },
      ];
      const distinct = new Set(ids.map((one) => JSON.stringify([one.time, one.source, one.key])));
      expect(new Set(ids.map(importId)).size).toBe(distinct.size);
    }),
  );
});

test.each(['2023-05-09', '2023-05-09T00:00:00+02:00', '1969-12-31T23:59:59Z', ''])('the time %j is refused', (time) => {
  expect(() => importId({ ...event, time })).toThrow(expect.objectContaining({ code: 'INVALID_ENTRY' }));
});
