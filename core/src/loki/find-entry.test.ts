import fc from 'fast-check';
import { canonicalJson } from '../entry/canonical-json.ts';
import { completeEntry } from '../entry/entry.ts';
import { findEntries, slicesAround, type FindOptions } from './find-entry.ts';
import { LOKI_PATHS, type LokiClient } from './client.ts';
import { formatTime, msToNs } from '../time.ts';

const DAY = msToNs(86_400_000);
const ID = '019a8f3e-7a10-7000-8000-000000000001';
const idNs = msToNs(0x019a8f3e7a10);

test('slices cover the range, each moment once, nearest first', () => {
  const ns = fc.bigInt({ min: 0n, max: 2_000n * DAY });
  fc.assert(
    fc.property(ns, ns, ns, (center, a, b) => {
      const [start, end] = a < b ? [a, b] : [b, a];
      const slices = [...slicesAround(center, { start, end })];
      const sorted = slices.toSorted((x, y) => (x.start < y.start ? -1 : 1));
      for (const slice of slices) expect(slice.start < slice.end).toBe(true);
      for (const [i, slice] of sorted.entries()) expect(slice.start).toBe(i === 0 ? start : sorted[i - 1]?.end);
      expect(sorted.at(-1)?.end ?? end).toBe(end);
      const [first] = slices;
      if (first && center >= start && center < end) expect(first.start <= center && center < first.end).toBe(true);
    }),
  );
});

// Knows an entry at `time`, and time ranges; e2e/find-entry.itest.ts uses a real Loki.
function lokiWith(time: bigint): LokiClient & { asked: number } {
  const input = { action: 'a', description: '', actor: { type: 'system' as const } };
  const line = canonicalJson(completeEntry(input, { id: ID, time: formatTime(time), service: 's' }));
  return {
    asked: 0,
    get(path, { query = '', start = '', end = '' }) {
      if (path === LOKI_PATHS.limits) return Promise.resolve({ limits: {} });
      this.asked++;
      const there = query.includes(ID) && time >= BigInt(start) && time < BigInt(end);
      const values = there ? [[String(time), line]] : [];
      return Promise.resolve({ data: { resultType: 'streams', result: [{ stream: {}, values }] } });
    },
  };
}

const findEntry = async (loki: LokiClient, id: string, options: FindOptions) => {
  const { value } = await findEntries(loki, id, options).next();
  return value?.[0];
};
const year = { start: idNs - 365n * DAY, end: idNs + 30n * DAY };

test('an entry with the time of its id is found with the first request', async () => {
  const loki = lokiWith(idNs);
  expect((await findEntry(loki, ID, { range: year }))?.entry?.id).toBe(ID);
  expect(loki.asked).toBe(1);
});

test.each([-364n, -40n, -1n, 1n, 29n])('an entry whose time is %s days from that of its id is found', async (days) => {
  const progress: number[] = [];
  const found = await findEntry(lokiWith(idNs + days * DAY), ID, {
    range: year,
    onProgress: (part) => progress.push(part),
  });
  expect(found?.entry?.id).toBe(ID);
  expect(progress).toEqual(progress.toSorted((a, b) => a - b));
  expect(progress.at(-1)).toBeLessThan(1);
});

test('a missing entry is not found once everything was read', async () => {
  const progress: number[] = [];
  const outside = lokiWith(idNs - 400n * DAY);
  expect(await findEntry(outside, ID, { range: year, onProgress: (part) => progress.push(part) })).toBeUndefined();
  expect(progress.at(-1)).toBe(1);
  expect(outside.asked).toBeLessThan(70);
});

test('it can be stopped', async () => {
  const controller = new AbortController();
  const loki = lokiWith(idNs - 300n * DAY);
  const options = { range: year, signal: controller.signal, onProgress: () => controller.abort(new Error('enough')) };
  const get = loki.get.bind(loki);
  loki.get = (path, params, signal) => (signal?.throwIfAborted(), get(path, params, signal));
  await expect(findEntry(loki, ID, options)).rejects.toThrow('enough');
  expect(loki.asked).toBe(1);
});

test('a text that is not an id is refused without a request', async () => {
  const loki = lokiWith(idNs);
  await expect(findEntry(loki, '"} | drop', { range: year })).rejects.toMatchObject({ code: 'INVALID_FILTER' });
  expect(loki.asked).toBe(0);
});
