import { AuditError } from '@auditrail/core';
import { type LokiLine } from '@auditrail/core/loki';
import fc from 'fast-check';
import { fakeLoki, type FakeLoki } from '../testing/fake-loki.ts';
import { readSlices, type Slice } from './read-slices.ts';

const START = 1_795_000_000_000_000_000n;
const HOUR = 3_600_000_000_000n;
let made = 0;
const lineAt = (offset: bigint): LokiLine => ({
  ns: START + offset,
  line: `{"id":"019a8f3e-7a10-7000-8000-${(made++).toString(16).padStart(12, '0')}"}`,
});

async function read(loki: FakeLoki, end: bigint, parallel = 4): Promise<{ lines: LokiLine[]; slices: Slice[] }> {
  const slices: Slice[] = [];
  const range = { start: START, end: START + end };
  for await (const slice of readSlices(loki, { query: {}, range, parallel })) slices.push(slice);
  return { lines: slices.flatMap(({ lines }) => lines), slices };
}

const sorted = (lines: LokiLine[]) =>
  [...lines].sort((a, b) => (a.ns === b.ns ? (a.line < b.line ? 1 : -1) : a.ns < b.ns ? 1 : -1));

it('yields every line once, newest first, whatever the density and however many share a nanosecond', async () => {
  const cluster = fc.record({
    at: fc.bigInt(0n, 100n * HOUR),
    count: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 7_000 })),
    step: fc.constantFrom(0n, 1n, 1_000n, HOUR / 100n),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(cluster, { maxLength: 5 }),
      fc.integer({ min: 1, max: 6 }),
      async (clusters, parallel) => {
        const lines = clusters.flatMap(({ at, count, step }) =>
          Array.from({ length: count }, (_, i) => lineAt(at + BigInt(i) * step)),
        );
        const loki = fakeLoki(lines);
        // Answers come in any order.
        loki.before = () => new Promise((resolve) => setTimeout(resolve, Math.random() * 3));
        const end = 100n * HOUR;
        const { lines: found } = await read(loki, end, parallel);
        expect(found.map(({ line }) => line)).toEqual(
          sorted(lines.filter(({ ns }) => ns < START + end)).map(({ line }) => line),
        );
      },
    ),
    { numRuns: 25 },
  );
}, 60_000);

it('removes a copy, and keeps two different lines of one id', async () => {
  const [a, b] = [lineAt(5n), lineAt(6n)];
  const forged = { ...b, line: b.line.replace('}', ',"x":1}') };
  const { lines, slices } = await read(fakeLoki([a, b, { ...a }, forged, { ...b }]), HOUR);
  expect(lines.map(({ line }) => line).sort()).toEqual([a.line, b.line, forged.line].sort());
  expect(slices.reduce((sum, { duplicates }) => sum + duplicates, 0)).toBe(2);
});

it('needs few requests for an empty year, and yields adjacent slices', async () => {
  const loki = fakeLoki([lineAt(0n)]);
  const { lines, slices } = await read(loki, 365n * 24n * HOUR);
  expect(lines).toHaveLength(1);
  expect(loki.requests.length).toBeLessThan(30);
  const spans = loki.requests
    .map(({ start, end }) => [start, end])
    .sort((a, b) => ((a[0] ?? 0n) < (b[0] ?? 0n) ? 1 : -1));
  spans.slice(1).forEach(([, end], i) => expect(end).toBe(spans[i]?.[0]));
  expect(slices.at(-1)?.start).toBe(START);
});

it('has no more requests under way and lines in memory than allowed', async () => {
  const loki = fakeLoki(Array.from({ length: 50_000 }, (_, i) => lineAt(BigInt(i) * 1_000_000_000n)));
  let running = 0;
  let most = 0;
  loki.before = async () => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, 2));
    running--;
  };
  const range = { start: START, end: START + 50_000n * 1_000_000_000n };
  let asked = 0;
  for await (const slice of readSlices(loki, { query: {}, range, parallel: 3 })) {
    expect(slice.lines.length).toBeLessThanOrEqual(4 * 5_000);
    // A slow reader: the number of slices read ahead is limited.
    if (asked === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    asked ||= loki.requests.length;
  }
  expect(most).toBe(3);
  expect(asked).toBeLessThanOrEqual(8);
});

it('asks for less if the server cannot answer so much', async () => {
  const lines = Array.from({ length: 9_000 }, (_, i) => lineAt(BigInt(i) * 1_000_000_000n));
  const loki = fakeLoki(lines);
  loki.before = ({ limit }) => {
    if (limit > 1_000) throw new AuditError('LOKI_REFUSED', 'grpc: message larger than max', { status: 500 });
  };
  expect((await read(loki, 3n * HOUR)).lines).toHaveLength(9_000);
});

it('ends with an error if Loki refuses', async () => {
  const loki = fakeLoki([lineAt(1n)]);
  loki.before = () => {
    throw new AuditError('LOKI_REFUSED', 'parse error', { status: 400 });
  };
  await expect(read(loki, HOUR)).rejects.toMatchObject({ code: 'LOKI_REFUSED' });
});

it('ends at the signal, and its requests with it', async () => {
  const stop = new AbortController();
  const loki = fakeLoki(Array.from({ length: 50_000 }, (_, i) => lineAt(BigInt(i) * 1_000_000_000n)));
  let slices = 0;
  const reading = async () => {
    const range = { start: START, end: START + 50_000n * 1_000_000_000n };
    for await (const slice of readSlices(loki, { query: {}, range, parallel: 2, signal: stop.signal })) {
      slices += slice.lines.length > 0 ? 1 : 0;
      if (slices === 2) stop.abort(new Error('enough'));
    }
  };
  await expect(reading()).rejects.toThrow('enough');
  const asked = loki.requests.length;
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(loki.requests).toHaveLength(asked);
});
