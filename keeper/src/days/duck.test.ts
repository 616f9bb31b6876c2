import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duck } from './duck.ts';

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
