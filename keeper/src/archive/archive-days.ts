import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duck } from '../days/duck.ts';
import { DAY_NS } from '../days/segment.ts';
import { parseRange } from '../terminal/time-range.ts';
import { dateOf } from './day-key.ts';

/** The days that a range touches, because an archive has whole days. @throws UsageError */
export function daysOf(from = '1970-01-02', to = 'now'): { first: string; last: string } {
  const { start, end } = parseRange(from, to);
  return { first: dateOf(Number(start / DAY_NS)), last: dateOf(Number((end - 1n) / DAY_NS)) };
}

/** A folder for temporary files, and DuckDB in it, while `work` runs. */
export async function withDuck<T>(work: (duck: Duck, folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'auditrail-archive-'));
  try {
    const duck = await Duck.open({ folder: join(folder, 'duckdb') });
    try {
      return await work(duck, folder);
    } finally {
      await duck.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
