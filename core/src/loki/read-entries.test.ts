import fc from 'fast-check';
import { canonicalJson } from '../entry/canonical-json.ts';
import { completeEntry } from '../entry/entry.ts';
import { AuditError } from '../errors.ts';
import { LOKI_PATHS, type LokiClient } from './client.ts';
import type { TrailLine } from './entry-identity.ts';
import { readEntries } from './read-entries.ts';
import { formatTime } from '../time.ts';

interface Stored {
  ns: bigint;
  id: string;
  line: string;
}

const uuid = (n: number) => `019a8f3e-7a10-7000-8000-${n.toString(16).padStart(12, '0')}`;

function entryAt(ns: bigint, n: number): Stored {
  const stamp = { id: uuid(n), time: formatTime(ns), service: 's' };
  const entry = completeEntry({ action: 'a', description: `${n}`, actor: { type: 'system' } }, stamp);
  return { ns, id: entry.id, line: canonicalJson(entry) };
}

// Answers as Loki does: start inclusive, end exclusive, newest first, never over the limit, ties in any order.
// e2e/reading.itest.ts uses a real Loki.
function fakeLoki(stored: Stored[], maxAnswer = Infinity, limits: object = {}): LokiClient & { calls: number } {
  return {
    calls: 0,
    get(path, { query = '', start = '', end = '', limit = '' }) {
      if (path === LOKI_PATHS.limits) return Promise.resolve({ limits });
      this.calls++;
      if (Number(limit) > maxAnswer)
        return Promise.reject(new AuditError('LOKI_REFUSED', 'too large', { status: 500 }));
      const idEnd = /audit_record_id=(?:~"\(\?s\)\.\*([0-9a-f]+)"|"")/.exec(query);
      const found = stored
        .filter(({ ns }) => ns >= BigInt(start) && ns < BigInt(end))
        .filter(({ id }) => !idEnd || (idEnd[1] ? id.endsWith(idEnd[1]) : id === ''))
        .sort((a, b) => (a.ns < b.ns ? 1 : a.ns > b.ns ? -1 : 0))
        .slice(0, Number(limit));
      return Promise.resolve({
        data: {
          resultType: 'streams',
          result: [{ stream: {}, values: found.map(({ ns, line }) => [String(ns), line]) }],
        },
      });
    },
  };
}

async function readAll(loki: LokiClient, pageEntries: number, end: bigint): Promise<TrailLine[]> {
  const all: TrailLine[] = [];
  for await (const page of readEntries(loki, { range: { start: 0n, end }, pageEntries })) {
    expect(page.length).toBeGreaterThan(0);
    all.push(...page);
  }
  return all;
}

test('reads everything once, newest first, whatever the ties and the page', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(12), { maxLength: 80 }), fc.integer({ min: 1, max: 9 }), async (times, page) => {
      const stored = times.map((ns, n) => entryAt(BigInt(ns), n));
      const read = await readAll(fakeLoki(stored), page, 13n);
      expect(read.map(({ entry }) => entry?.id).sort()).toEqual(stored.map(({ id }) => id).sort());
      expect(read.every(({ ns }, i) => i === 0 || ns <= (read[i - 1]?.ns ?? 0n))).toBe(true);
    }),
  );
});

test('an entry that was stored twice is read once', async () => {
  const stored = [entryAt(5n, 1), entryAt(5n, 1), entryAt(4n, 2)];
  expect((await readAll(fakeLoki(stored), 10, 13n)).map(({ entry }) => entry?.id)).toEqual([uuid(1), uuid(2)]);
});

test('halves its page if the server cannot answer so many', async () => {
  const stored = Array.from({ length: 100 }, (_, n) => entryAt(BigInt(n), n));
  expect(await readAll(fakeLoki(stored, 7), 64, 200n)).toHaveLength(100);
});

test('returns a line that is not an entry, with the reason', async () => {
  const stored = [entryAt(5n, 1), { ns: 6n, id: '', line: 'not ours' }];
  const [first] = await readAll(fakeLoki(stored), 10, 13n);
  expect(first).toMatchObject({ line: 'not ours', problem: expect.stringContaining('not JSON') as string });
  expect(first?.entry).toBeUndefined();
});

test('more entries on one nanosecond than one answer holds are read in parts, including lines that are not entries', async () => {
  const stored = [
    ...Array.from({ length: 3 }, (_, n) => ({ ns: 6n, id: '', line: `not ours ${n}` })),
    ...Array.from({ length: 400 }, (_, n) => entryAt(6n, n)),
  ];
  expect(await readAll(fakeLoki(stored, 160), 5, 13n)).toHaveLength(403);
});

test('reports entries on one nanosecond that cannot be distinguished', async () => {
  const stored = Array.from({ length: 200 }, (_, n) => ({ ns: 6n, id: '', line: `not ours ${n}` }));
  await expect(readAll(fakeLoki(stored, 160), 5, 13n)).rejects.toMatchObject({ code: 'LOKI_ANSWER' });
});

test('an error that is not about size is thrown at once', async () => {
  const loki: LokiClient = { get: () => Promise.reject(new AuditError('LOKI_REFUSED', 'no', { status: 403 })) };
  await expect(readAll(loki, 5, 13n)).rejects.toMatchObject({ status: 403 });
});

test('stops when its reader does', async () => {
  const loki = fakeLoki(Array.from({ length: 100 }, (_, n) => entryAt(BigInt(n), n)));
  for await (const page of readEntries(loki, { range: { start: 0n, end: 200n }, pageEntries: 10 })) {
    expect(page.length).toBeGreaterThan(0);
    break;
  }
  expect(loki.calls).toBeLessThanOrEqual(2);
});

describe('long ranges', () => {
  const DAY = 86_400_000_000_000n;
  const asked = (loki: LokiClient) => {
    const spans: { ns: bigint; limit: number }[] = [];
    const watched: LokiClient = {
      get: (path, params, signal) => {
        if (path === LOKI_PATHS.queryRange && BigInt(params['end'] ?? 0) - BigInt(params['start'] ?? 0) > 1n) {
          spans.push({ ns: BigInt(params['end'] ?? 0) - BigInt(params['start'] ?? 0), limit: Number(params['limit']) });
        }
        return loki.get(path, params, signal);
      },
    };
    return { spans, watched };
  };

  test('are read in slices that grow if entries are rare, and no entry is missing at their borders', async () => {
    // One at each border that the slices can have, to the nanosecond on both sides.
    const stored = [1n, 5n, 21n, 51n, 81n, 200n].flatMap((day, i) => [
      entryAt(365n * DAY - day * DAY, 2 * i),
      entryAt(365n * DAY - day * DAY - 1n, 2 * i + 1),
    ]);
    const { spans, watched } = asked(fakeLoki(stored));
    expect(await readAll(watched, 100, 365n * DAY)).toHaveLength(12);
    expect(spans[0]?.ns).toBe(DAY);
    expect(spans.length).toBeLessThan(16);
    expect(spans.every(({ ns }) => ns <= 30n * DAY)).toBe(true);
  });

  test('if entries are dense, little more is requested from Loki than they need', async () => {
    const stored = Array.from({ length: 300 }, (_, n) => entryAt(300n * DAY + BigInt(n) * 60_000_000_000n, n));
    const { spans, watched } = asked(fakeLoki(stored));
    let pages = 0;
    for await (const page of readEntries(watched, { range: { start: 0n, end: 301n * DAY }, pageEntries: 50 })) {
      expect(page.length).toBeGreaterThan(0);
      if (++pages === 4) break;
    }
    expect(spans.slice(1, 4).every(({ ns }) => ns <= DAY)).toBe(true);
  });

  test('obey the limits of Loki', async () => {
    const stored = Array.from({ length: 100 }, (_, n) => entryAt(BigInt(n) * DAY, n));
    const { spans, watched } = asked(
      fakeLoki(stored, 20, { max_entries_limit_per_query: 20, max_query_length: '12h' }),
    );
    expect(await readAll(watched, 1_000, 100n * DAY)).toHaveLength(100);
    expect(spans.every(({ ns, limit }) => ns < DAY / 2n && limit <= 20)).toBe(true);
  });
});
