import fc from 'fast-check';
import { canonicalJson } from '../entry/canonical-json.ts';
import { completeEntry } from '../entry/entry.ts';
import { LOKI_PATHS, type LokiClient } from './client.ts';
import { formatTime } from '../time.ts';
import { barEdges, planStep, readVolume, type VolumeBar, type VolumeOptions } from './volume.ts';

const SECOND = 1_000_000_000n;

interface Stored {
  ns: bigint;
  outcome: 'success' | 'failure';
}

// Counts as Loki does: windows exclude their start and include their end. e2e/reading.itest.ts uses a real Loki.
function fakeLoki(stored: Stored[], limits: object = {}): LokiClient & { steps: bigint[] } {
  const steps: bigint[] = [];
  const count = (after: bigint, to: bigint) =>
    (['success', 'failure'] as const).flatMap((outcome) => {
      const found = stored.filter(({ ns, outcome: its }) => its === outcome && ns > after && ns <= to).length;
      return found > 0 ? [{ outcome, found }] : [];
    });
  const get: LokiClient['get'] = (path, { query = '', start = '', end = '', time = '', step }) => {
    const answer = (resultType: string, result: unknown[]) => Promise.resolve({ data: { resultType, result } });
    if (path === LOKI_PATHS.limits) return Promise.resolve({ limits });
    if (path === LOKI_PATHS.query) {
      const window = BigInt(/\[(\d+)ms\]/.exec(query)?.[1] ?? 0) * 1_000_000n;
      const found = count(BigInt(time) - window, BigInt(time));
      const samples = found.map((one) => ({ metric: { audit_outcome: one.outcome }, value: [0, String(one.found)] }));
      return answer('vector', samples);
    }
    if (step === undefined) {
      const lines = stored.filter(({ ns }) => ns >= BigInt(start) && ns < BigInt(end));
      const values = lines.map(({ ns, outcome }, i) => [String(ns), lineOf(ns, outcome, i)]);
      return answer('streams', values.length > 0 ? [{ stream: {}, values }] : []);
    }
    const width = BigInt(step.slice(0, -1)) * SECOND;
    expect(BigInt(start) % width).toBe(0n);
    steps.push(BigInt(end) - BigInt(start) + width);
    const series = new Map<string, [number, string][]>();
    for (let at = BigInt(start); at <= BigInt(end); at += width) {
      for (const { outcome, found } of count(at - width, at)) {
        series.set(outcome, [...(series.get(outcome) ?? []), [Number(at / SECOND), String(found)]]);
      }
    }
    return answer(
      'matrix',
      [...series].map(([outcome, values]) => ({ metric: { audit_outcome: outcome }, values })),
    );
  };
  return { steps, get };
}

function lineOf(ns: bigint, outcome: Stored['outcome'], n: number): string {
  const id = `019a8f3e-7a10-7000-8000-${n.toString(16).padStart(12, '0')}`;
  const input = { action: 'a', description: '', outcome, actor: { type: 'system' } } as const;
  return canonicalJson(completeEntry(input, { id, time: formatTime(ns), service: 's' }));
}

async function read(loki: LokiClient, options: VolumeOptions): Promise<VolumeBar[]> {
  const all: VolumeBar[] = [];
  for await (const bars of readVolume(loki, options)) all.push(...bars);
  return all;
}

const sum = (bars: readonly VolumeBar[]) => bars.reduce((all, { success, failure }) => all + success + failure, 0);

// Times on and around whole seconds, which are the edges of bars.
const moments = fc
  .tuple(fc.integer({ min: 0, max: 40 }), fc.constantFrom(-1n, 0n, 1n, 1_000_000n, 500_000_000n))
  .map(([seconds, more]) => 1_000n * SECOND + BigInt(seconds) * SECOND + more);
const stored = fc.array(fc.record({ ns: moments, outcome: fc.constantFrom('success' as const, 'failure' as const) }), {
  maxLength: 60,
});
const ranges = fc
  .tuple(fc.integer({ min: 0, max: 40_000 }), fc.integer({ min: 1, max: 40_000 }))
  .map(([from, length]) => ({
    start: 1_000n * SECOND + BigInt(from) * 1_000_000n,
    length: BigInt(length) * 1_000_000n,
  }))
  .map(({ start, length }) => ({ start, end: start + length }));

test('each entry of the range is in one bar, whatever the edges; the bars are newest first and leave no gap', async () => {
  await fc.assert(
    fc.asyncProperty(stored, ranges, fc.constantFrom(1, 2, 5, 60), async (entries, range, stepSeconds) => {
      const bars = await read(fakeLoki(entries), { range, stepSeconds });
      const within = entries.filter(({ ns }) => ns >= range.start && ns < range.end);
      expect(sum(bars)).toBe(within.length);
      expect(bars.reduce((all, { failure }) => all + failure, 0)).toBe(
        within.filter(({ outcome }) => outcome === 'failure').length,
      );
      expect(bars[0]?.end).toBe(range.end);
      expect(bars.at(-1)?.start).toBe(range.start);
      expect(bars.every(({ end }, i) => i === 0 || end === bars[i - 1]?.start)).toBe(true);
    }),
  );
});

test('entries after known bars are added to them without counting any twice', async () => {
  await fc.assert(
    fc.asyncProperty(stored, fc.integer({ min: 1, max: 20 }), async (entries, seconds) => {
      const start = 1_000n * SECOND + 500_000_000n;
      const known = await read(fakeLoki(entries), { range: { start, end: start + 18n * SECOND }, stepSeconds: 1 });
      const kept = known.filter(({ end }) => end % SECOND === 0n && end <= (1_000n + BigInt(seconds)) * SECOND);
      const from = kept[0]?.end ?? start;
      const rest = { start: from, end: start + 30n * SECOND };
      const more = await read(fakeLoki(entries), { range: rest, stepSeconds: 1, afterStart: kept.length > 0 });
      const within = entries.filter(({ ns }) => ns >= start && ns < rest.end);
      expect(sum(kept) + sum(more)).toBe(within.length);
    }),
  );
});

test("reads in slices, respects Loki's longest query, and stops when its reader does", async () => {
  const start = 1_000n * 86_400n * SECOND;
  const range = { start, end: start + 30n * 86_400n * SECOND };
  const loki = fakeLoki([], { max_query_length: '2d' });
  expect(await read(loki, { range })).toHaveLength(60);
  expect(loki.steps.length).toBeGreaterThan(10);
  expect(loki.steps.every((ns) => ns < 2n * 86_400n * SECOND)).toBe(true);
  loki.steps.length = 0;
  let slices = 0;
  for await (const bars of readVolume(loki, { range })) {
    expect(bars.length).toBeGreaterThan(0);
    if (++slices === 3) break;
  }
  expect(loki.steps.length).toBe(2);
});

test('bars are no wider than the longest query of Loki', async () => {
  const range = { start: 0n, end: 365n * 86_400n * SECOND };
  expect(await read(fakeLoki([{ ns: 5n, outcome: 'success' }], { max_query_length: '1d' }), { range })).toHaveLength(
    730,
  );
});

test('bars are round, and not too many to be seen', () => {
  const spans = fc
    .tuple(fc.integer({ min: 1e12, max: 2e12 }), fc.integer({ min: 1, max: 4e11 }))
    .map(([from, length]) => ({ start: BigInt(from) * 1_000_000n, end: BigInt(from + length) * 1_000_000n }));
  fc.assert(
    fc.property(spans, (range) => {
      const step = planStep(range);
      const edges = barEdges(range, step);
      expect(edges.length).toBeLessThanOrEqual(103);
      expect([edges[0], edges.at(-1)]).toEqual([range.start, range.end]);
      expect(edges.slice(1, -1).every((edge) => edge % (BigInt(step) * SECOND) === 0n)).toBe(true);
      expect(edges.every((edge, i) => i === 0 || edge > (edges[i - 1] ?? 0n))).toBe(true);
    }),
  );
});
