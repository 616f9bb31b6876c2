import { canonicalJson, completeEntry, formatTime, parseEntry, parseTime } from '@auditrail/core';
import { LOKI_PATHS, type LokiClient, type TrailLine } from '@auditrail/core/loki';
import { checkChainAround } from '@auditrail/core/verify';
import { uuidv7 } from 'uuidv7';
import { Chain, lineHash } from './chain/chain.ts';
import { TestEmitter } from './testing/trail.ts';

const HOUR = 3_600_000_000_000n;

interface Stored {
  ns: bigint;
  line: string;
}

// Filters by sequence numbers and time range only; e2e/find-entry.itest.ts tests the same with a real Loki.
function lokiOf(stored: Stored[]): LokiClient & { queries: number } {
  return {
    queries: 0,
    get(path, { query = '', start = '', end = '' }) {
      if (path === LOKI_PATHS.limits) return Promise.resolve({});
      this.queries++;
      const seqs = /audit_sequence_number=~"\^\(\?:([^")]*)\)"/.exec(query)?.[1]?.split('|');
      const values = stored
        .filter(({ ns }) => ns >= BigInt(start) && ns < BigInt(end))
        .filter(({ line }) => seqs?.includes(String((JSON.parse(line) as { chain: { seq: number } }).chain.seq)))
        .map(({ ns, line }) => [String(ns), line]);
      return Promise.resolve({ data: { resultType: 'streams', result: [{ stream: {}, values }] } });
    },
  };
}

function trail(count: number, key?: { id: string; secret: string }): Stored[] {
  const lines: string[] = [];
  const emitter = new TestEmitter(lines, key ? { key } : {});
  for (let i = 1; i < count; i++) emitter.happen('entry');
  return lines.map((line) => ({ line, ns: parseTime(parseEntry(line).time) ?? 0n }));
}

const lineOf = ({ ns, line }: Stored): TrailLine => ({ key: '', ns, line, entry: parseEntry(line) });
const check = (stored: Stored[], one: Stored) =>
  checkChainAround(lokiOf(stored), lineOf(one), { until: (stored.at(-1)?.ns ?? 0n) + HOUR });
const changed = (one: Stored): Stored => ({ ...one, line: one.line.replace('Invoice changed', 'Nothing happened') });

test('an entry between its neighbors, and the first entry', async () => {
  const all = trail(20);
  const loki = lokiOf(all);
  expect(await checkChainAround(loki, lineOf(all[9]!), { until: all[19]!.ns + HOUR })).toMatchObject({
    state: 'holds',
    compared: 7,
    findings: [],
  });
  expect(loki.queries).toBe(1);
  expect(await check(all, all[0]!)).toMatchObject({ state: 'holds', before: 'none', after: 'there' });
});

test('a changed entry is found, from the entry itself and from its neighbors', async () => {
  const all = trail(20);
  all[9] = changed(all[9]!);
  for (const index of [8, 9, 10]) {
    const { state, findings } = await check(all, all[index]!);
    expect(state).toBe('broken');
    expect(findings).toMatchObject([{ kind: 'changed', seq: 10 }]);
  }
  expect((await check(all, all[16]!)).state).toBe('holds');
});

test('a line that differs from the one in Loki is found', async () => {
  const all = trail(20);
  expect((await check(all, changed(all[9]!))).findings).toMatchObject([{ kind: 'forked', seq: 10 }]);
});

test('a missing neighbor is found if the entries around it exist', async () => {
  const all = trail(20);
  expect((await check(all.toSpliced(10, 1), all[9]!)).findings).toMatchObject([{ kind: 'missing', seq: 11 }]);
});

test('the last entry, the end of a chain, and an entry without neighbors are undecided', async () => {
  const all = trail(20);
  expect(await check(all, all[19]!)).toMatchObject({ state: 'undecided', before: 'there', after: 'absent' });
  expect(await check([all[9]!], all[9]!)).toMatchObject({ state: 'undecided', before: 'absent', searchedMs: 2.592e9 });
  const lines: string[] = [];
  new TestEmitter(lines, {}).end();
  const ended = lines.map((line) => ({ line, ns: parseTime(parseEntry(line).time) ?? 0n }));
  expect(await check(ended, ended[1]!)).toMatchObject({ state: 'undecided', before: 'there', after: 'none' });
});

test('neighbors on other days are found', async () => {
  const all = trail(8).map(({ line }, i) => ({ line, ns: BigInt(i) * 60n * HOUR }));
  expect(await check(all, all[4]!)).toMatchObject({ state: 'holds', searchedMs: 2.592e8 });
});

test('imported history, whose times do not follow its numbers, has no gaps', async () => {
  const chain = new Chain('imported');
  const stored = [0n, 100n, 30n, 200n, 60n, 90n, 10n, 150n].map((hours, i): Stored => {
    const stamp = { id: uuidv7(), time: formatTime(hours * HOUR), service: 's', chain: chain.next() };
    const input = { action: 'a', description: `${i}`, actor: { type: 'system' as const } };
    const line = canonicalJson(completeEntry(input, stamp));
    chain.advance(lineHash(line));
    return { ns: hours * HOUR, line };
  });
  const loki = lokiOf(stored);
  const report = await checkChainAround(loki, lineOf(stored[4]!), { until: 300n * HOUR });
  expect(report).toMatchObject({ state: 'holds', findings: [] });
});

test('without the key, gaps of a keyed chain are found, but its hashes cannot be checked', async () => {
  const all = trail(20, { id: 'k', secret: 'a secret of thirty-two bytes or more' });
  expect(await check(all, all[9]!)).toMatchObject({ state: 'keyed', findings: [] });
  expect(await check(all.toSpliced(10, 1), all[9]!)).toMatchObject({ state: 'broken' });
});

test('an entry without a chain causes no query', async () => {
  const [one] = trail(2);
  const entry = parseEntry(one!.line);
  delete entry.chain;
  const loki = lokiOf([]);
  expect((await checkChainAround(loki, { ...lineOf(one!), entry }, { until: 0n })).state).toBe('unchained');
  expect(loki.queries).toBe(0);
});
