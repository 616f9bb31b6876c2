import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Benchmark } from '../benchmark.ts';
import { runChild } from '../child.ts';
import { megabytes, round } from '../figures.ts';
import type { OutageInput, OutageResult } from './app.ts';

const RATE = 500;

/** Writes the entries of a long outage as fast as the disk allows, and measures the app's memory. */
export const outage: Benchmark = async ({ quick, entries = quick ? 500_000 : 2 * 3_600 * RATE, log }) => {
  const folder = mkdtempSync(join(tmpdir(), 'auditrail-outage-'));
  try {
    const hours = round(entries / RATE / 3_600);
    log(`${entries} entries: an outage of ${hours} h at ${RATE} entries/s`);
    const began = Date.now();
    // Nothing listens on port 9 (discard).
    const input: OutageInput = {
      entries,
      warmUp: 100_000,
      spool: join(folder, 'spool'),
      endpoint: 'http://127.0.0.1:9',
    };
    const { start, end, most, pending, heapStart, heapEnd } = await runChild<OutageResult>(
      new URL('./app.ts', import.meta.url),
      input,
      ['--expose-gc'],
    );
    return {
      entries,
      outage_hours: hours,
      pending,
      rss_start_mb: megabytes(start),
      rss_end_mb: megabytes(end),
      rss_growth_mb: megabytes(end - start),
      rss_most_mb: megabytes(most),
      heap_growth_mb: megabytes(heapEnd - heapStart),
      seconds: Math.round((Date.now() - began) / 1_000),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
