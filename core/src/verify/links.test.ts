import fc from 'fast-check';
import { RecentLinks, Runs, type Link } from './links.ts';

const linkAt = (seq: number, stream = 's'): Link => ({
  stream,
  seq,
  prev: null,
  hash: undefined,
  identity: `${stream} ${seq}`,
  keyId: undefined,
  id: '',
  time: '',
  ns: 0n,
  service: '',
});

test('runs contain all links, added in any order, and there is one more run than there are gaps', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (seqs) => {
      const runs = new Runs();
      const beside = new Set<string>();
      for (const seq of seqs) {
        const { before, after } = runs.add(linkAt(seq));
        if (before) beside.add(`${before.seq}-${seq}`);
        if (after) beside.add(`${seq}-${after.seq}`);
      }
      const there = new Set(seqs);
      const sorted = [...seqs].sort((a, b) => a - b);
      // Every pair of neighbors is compared exactly once, whichever came first.
      expect([...beside].sort()).toEqual(
        sorted
          .filter((seq) => there.has(seq + 1))
          .map((seq) => `${seq}-${seq + 1}`)
          .sort(),
      );
      expect(runs.all.map(({ first }) => first.seq)).toEqual(sorted.filter((seq) => !there.has(seq - 1)));
      expect(runs.all.map(({ last }) => last.seq)).toEqual(sorted.filter((seq) => !there.has(seq + 1)));
      for (let seq = 0; seq < 43; seq++) expect(runs.holds(seq)).toBe(there.has(seq));
    }),
  );
});

test('recent links are forgotten in the order in which they came, over all streams', () => {
  const recent = new RecentLinks(3);
  const links = [linkAt(1), linkAt(1, 't'), linkAt(2), linkAt(2, 't')];
  for (const link of links) recent.add(link);
  expect(links.map((link) => recent.get(link)?.length)).toEqual([undefined, 1, 1, 1]);
});

test('many entries of one number do not fill the memory', () => {
  const recent = new RecentLinks(3);
  for (let i = 0; i < 100; i++) recent.add(linkAt(1));
  expect(recent.get(linkAt(1))).toHaveLength(8);
});
