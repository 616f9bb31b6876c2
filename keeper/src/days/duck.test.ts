import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duck, OutOfMemory } from './duck.ts';
import { HEAP_ROWS } from './read-days.ts';

it('answers queries one after the other if they do not fit into memory together', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'auditrail-duck-'));
  const duck = await Duck.open({ folder, memoryBytes: 32_000_000 });
  try {
    const sql = 'SELECT len(list(i)) FROM range(600000) t(i)';
    const counts = await Promise.all(Array.from({ length: 6 }, () => duck.rows(sql)));
    expect(counts).toEqual(Array.from({ length: 6 }, () => [[600_000n]]));
  } finally {
    await duck.close();
    rmSync(folder, { recursive: true });
  }
}, 60_000);

it('states that there is no memory for an answer in groups', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'auditrail-duck-'));
  const duck = await Duck.open({ folder, memoryBytes: 8_000_000 });
  try {
    const read = async () => {
      for await (const rows of duck.stream('SELECT len(list(i)) FROM range(3000000) t(i)')) expect(rows).toEqual([]);
    };
    await expect(read()).rejects.toThrow(OutOfMemory);
  } finally {
    await duck.close();
    rmSync(folder, { recursive: true });
  }
});

it('keeps the first rows of a page in a heap instead of sorting all that are found', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'auditrail-duck-'));
  const duck = await Duck.open({ folder });
  try {
    const plan = await duck.rows(`EXPLAIN SELECT i FROM range(1000000) t(i) ORDER BY i DESC LIMIT ${HEAP_ROWS}`);
    expect(JSON.stringify(plan)).toContain('TOP_N');
  } finally {
    await duck.close();
    rmSync(folder, { recursive: true });
  }
});
