import { mkdtempSync, appendFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { lineHash } from '@auditrail/sdk';
import { canonicalJson, completeEntry, formatTime } from '@auditrail/core';
import { type LokiClient } from '@auditrail/core/loki';
import { compare } from './chaos/compare.ts';
import { openLedger, readLedger } from './chaos/ledger.ts';
import { median, round } from './figures.ts';
import { bench, parseBenchArgs } from './index.ts';
import { seededRandom, shuffled } from './random.ts';
import { sampleEntry } from './sample.ts';

test('lists all benchmarks if no name is given', async () => {
  const log = jest.spyOn(console, 'log').mockImplementation(() => undefined);
  await bench([]);
  const [[text]] = log.mock.calls as [[string]];
  log.mockRestore();
  for (const name of ['emit', 'chaos', 'outage', 'fuzz', 'forge', 'scale', 'page'])
    expect(text).toMatch(new RegExp(`^  ${name} `, 'm'));
});

test('parses the command line', () => {
  expect(parseBenchArgs(['chaos', '--quick', '--json', '--entries', '5000', '--days', '3', '--seed', '7'])).toEqual({
    name: 'chaos',
    quick: true,
    json: true,
    entries: 5_000,
    days: 3,
    seed: 7,
  });
  expect(parseBenchArgs(['emit'])).toEqual({ name: 'emit', quick: false, json: false, seed: 1 });
});

test.each([
  [['nothing'], 'unknown benchmark "nothing"'],
  [['constructor'], 'unknown benchmark "constructor"'],
  [['emit', 'chaos'], 'only one benchmark can run at a time'],
  [['emit', '--entries', '0'], '--entries must be a positive integer'],
  [['scale', '--days', '0'], '--days must be a positive integer'],
  [['emit', '--seed', '1.5'], '--seed must be a positive integer'],
  [['emit', '--fast'], "Unknown option '--fast'"],
])('refuses %j', (args, message) => {
  expect(() => parseBenchArgs(args)).toThrow(message);
});

test('median and round', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(round(12_345.6)).toBe(12_300);
});

test('the same seed results in the same order', () => {
  const items = Array.from({ length: 50 }, (_, i) => i);
  expect(shuffled(items, seededRandom(7))).toEqual(shuffled(items, seededRandom(7)));
  expect(shuffled(items, seededRandom(7))).not.toEqual(shuffled(items, seededRandom(8)));
  expect(shuffled(items, seededRandom(7)).sort((a, b) => a - b)).toEqual(items);
});

test('a ledger keeps receipts and refusals after an incomplete line', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'auditrail-ledger-'));
  try {
    const file = join(folder, 'ledger');
    const id = '019b0c3f-7a10-7c3e-9a5e-012345678900';
    const first = openLedger(file);
    first.add(id, 'a'.repeat(64));
    await nextTurn();
    first.refused('SPOOL_FULL');
    first.close();
    appendFileSync(file, '019b0c3f-7a10');
    const second = openLedger(file);
    second.add(id.replace(/0$/, '1'), 'b'.repeat(64));
    second.close();
    const { receipts, refusals } = readLedger(file);
    expect([...receipts.values()]).toEqual(['a'.repeat(64), 'b'.repeat(64)]);
    expect(refusals).toEqual({ SPOOL_FULL: 1 });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe('compare', () => {
  const start = 1_700_000_000_000_000_000n;
  const range = { start, end: start + 1_000n };

  // Lines of one chain, as Loki returns them.
  function trail(count: number) {
    let prev: string | null = null;
    return Array.from({ length: count }, (_, i) => {
      const ns = start + BigInt(i);
      const id = `019b0c3f-7a10-7c3e-9a5e-${String(i).padStart(12, '0')}`;
      const stamp = { id, time: formatTime(ns), service: 'test', chain: { stream: 's', seq: i + 1, prev } };
      const line = canonicalJson(completeEntry(sampleEntry(i), stamp));
      prev = lineHash(line);
      return { ns, id, line, hash: prev };
    });
  }
  const loki = (lines: readonly { ns: bigint; line: string }[]): LokiClient => ({
    get: () =>
      Promise.resolve({
        status: 'success',
        data: {
          resultType: 'streams',
          result: [{ stream: {}, values: lines.map(({ ns, line }) => [String(ns), line]) }],
        },
      }),
  });
  const receiptsOf = (lines: readonly { id: string; hash: string }[]) =>
    new Map(lines.map(({ id, hash }) => [id, hash]));

  test('finds no faults in a complete trail', async () => {
    const lines = trail(5);
    expect(await compare(loki(lines), range, receiptsOf(lines))).toEqual({
      stored: 5,
      lost: 0,
      altered: 0,
      duplicates: 0,
      chainOk: true,
      streams: 1,
      faults: [],
    });
  });

  test('finds a lost entry and the gap in the chain', async () => {
    const lines = trail(5);
    const found = await compare(loki(lines.filter((_, i) => i !== 2)), range, receiptsOf(lines));
    expect(found).toMatchObject({ stored: 4, lost: 1, altered: 0, chainOk: false });
    expect(found.faults).toEqual(['stream s: entry 4 follows entry 2']);
  });

  test('finds an altered entry', async () => {
    const lines = trail(5);
    const forged = lines.map((each, i) => (i === 1 ? { ...each, line: each.line.replace('Ada', 'Eve') } : each));
    const found = await compare(loki(forged), range, receiptsOf(lines));
    expect(found).toMatchObject({ stored: 5, lost: 0, altered: 1, chainOk: false });
    expect(found.faults).toEqual(['stream s: entry 3 does not have the hash of entry 2']);
  });
});
