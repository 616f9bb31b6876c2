import fc from 'fast-check';
import { SentChunk } from './sent-chunk.ts';
import type { StoredQuestion } from './stored-reader.ts';

const at = (offset: number) => ({ segment: 1, offset });
const NOW = Date.UTC(2026, 10, 21);
const ns = (ms: number) => BigInt(ms) * 1_000_000n;

function chunkOf(numbers: readonly number[], timeOf: (seq: number) => bigint = () => ns(NOW)): SentChunk {
  const chunk = new SentChunk(at(0), NOW, NOW);
  const stamps = numbers.map((seq) => ({ stream: 's', seq, ns: timeOf(seq) }));
  chunk.add({ count: numbers.length, end: at(100) }, stamps, NOW);
  return chunk;
}

const questionsOf = (chunk: SentChunk): StoredQuestion[] => {
  const questions = new Map<string, StoredQuestion>();
  chunk.ask(questions);
  return [...questions.values()];
};

test('misses exactly the entries of its chain that are not stored and did not become dead letters', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 1, max: 60 })),
      fc.uniqueArray(fc.integer({ min: 1, max: 60 })),
      fc.uniqueArray(fc.integer({ min: 1, max: 60 })),
      (expected, stored, aside) => {
        const chunk = chunkOf(expected.sort((a, b) => a - b));
        for (const seq of aside) chunk.forget({ stream: 's', seq });
        chunk.forget({ stream: 'other', seq: expected[0] ?? 1 });
        const missing = chunk.missing(new Map([['s', new Set(stored)]]));
        const left = expected.filter((seq) => !stored.includes(seq) && !aside.includes(seq));
        expect([...(missing.get('s') ?? [])]).toEqual(left);
      },
    ),
  );
});

test('asks for each hour in which it has entries, and for nothing between', () => {
  const times: Record<number, bigint> = {
    1: ns(NOW),
    2: ns(NOW + 5),
    3: ns(NOW - 90 * 24 * 3_600_000),
    4: ns(NOW + 1),
  };
  const questions = questionsOf(chunkOf([1, 2, 3, 4], (seq) => times[seq] ?? 0n));
  expect(questions).toEqual([
    { stream: 's', start: ns(NOW), end: ns(NOW + 5) + 1n },
    { stream: 's', start: times[3], end: (times[3] ?? 0n) + 1n },
  ]);
});

test('asks for an entry whose time the collector may refuse at its arrival time too, each time it is sent', () => {
  const chunk = chunkOf([1], () => ns(NOW + 3_600_000));
  const covers = (ms: number) => questionsOf(chunk).some(({ start, end }) => start <= ns(ms) && ns(ms) < end);
  expect([covers(NOW), covers(NOW + 3_600_000), covers(NOW + 2_000_000)]).toEqual([true, true, false]);
  chunk.sentAgain(NOW + 2_000_000, 1_000);
  expect(covers(NOW + 2_000_000)).toBe(true);
});

test('joins consecutive batches, until it is asked for', () => {
  const chunk = chunkOf([1, 2]);
  expect(chunk.takes(at(100), NOW + 50, 100)).toBe(true);
  chunk.add({ count: 1, end: at(150) }, [{ stream: 's', seq: 3, ns: ns(NOW + 1) }], NOW + 50);
  expect([chunk.count, chunk.bytes]).toEqual([3, 150]);
  expect(questionsOf(chunk)).toHaveLength(1);
  expect([chunk.takes(at(100), NOW + 50, 100), chunk.takes(at(150), NOW + 101, 100)]).toEqual([false, false]);
  chunk.closed = true;
  expect(chunk.takes(at(150), NOW + 50, 100)).toBe(false);
});

test('is proven when it was seen long enough after it was last sent', () => {
  const chunk = chunkOf([1]);
  expect([chunk.seen, chunk.isProven(1_000)]).toEqual([false, false]);
  chunk.seenMs = NOW + 500;
  expect([chunk.seen, chunk.isProven(1_000)]).toEqual([true, false]);
  chunk.seenMs = NOW + 1_000;
  expect(chunk.isProven(1_000)).toBe(true);
  chunk.sentAgain(NOW + 1_500, 0);
  expect([chunk.seen, chunk.isProven(1_000)]).toEqual([false, false]);
});
