import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatTime, msToNs } from '@auditrail/core';
import { entriesQuery, linesQuery, type TimeRange } from '@auditrail/core/query';
import { ensureLogcli, startStack } from '@auditrail/stack';
import type { Benchmark } from '../benchmark.ts';
import { runChild } from '../child.ts';
import { megabytes, round } from '../figures.ts';
import { discard, withoutTimeSharding, loadEntries, settle } from '../load-entries.ts';
import type { ExportRun } from './export-child.ts';
import { lineSet } from './line-set.ts';
import { runLogcli } from './logcli.ts';
import type { ServeInput, ServeRun } from './serve-child.ts';

const DAY_MS = 86_400_000;
// 2,000,000 entries in 30 days. Fewer entries have the same density, over fewer days.
const PER_DAY = 2_000_000 / 30;

interface Parallel {
  duration: string;
  workers: number;
}

// Part length and workers of logcli's parallel mode. The fastest run counts.
const SETTINGS: Record<'quick' | 'full', Parallel[]> = {
  quick: [{ duration: '6h', workers: 4 }],
  full: [
    { duration: '24h', workers: 4 },
    { duration: '6h', workers: 4 },
    { duration: '6h', workers: 8 },
  ],
};

/**
 * Compares `auditrail export` (NDJSON) with logcli: the same LogQL query and entries through the same gateway, one after the
 * other, read from Loki's store. Also measures logcli with the plain selector, without `| keep`, over a quarter of the
 * entries, and its sequential mode over a tenth. The fastest run of each counts.
 */
export const exporting: Benchmark = async ({ quick, seed, log, entries = quick ? 200_000 : 2_000_000 }) => {
  const progress = { log, update: log };
  const logcli = await ensureLogcli(progress);
  const folder = mkdtempSync(join(tmpdir(), 'auditrail-bench-export-'));
  const tenant = 'bench';
  const overrides = join(folder, 'overrides.yaml');
  writeFileSync(overrides, withoutTimeSharding(tenant));
  const stack = await startStack({ overrides, progress });
  const end = msToNs(Math.floor(Date.now() / DAY_MS) * DAY_MS);
  const range: TimeRange = { start: end - msToNs(Math.ceil((entries / PER_DAY) * DAY_MS)), end };
  const part = (share: number): TimeRange => ({
    start: end - (range.end - range.start) / BigInt(share),
    end,
  });
  const { urls, tokensFor } = stack;
  const { read, write } = tokensFor(tenant);
  const reader = { program: logcli, url: urls.gateway, token: read, tenant };
  const rate = (count: number, ms: number) => Math.round((count / ms) * 1000);

  const exportRange = async ({ start, end }: TimeRange, name: string) => {
    const out = join(folder, name);
    const input = {
      ...{ url: urls.gateway, token: read, tenant, out, name, format: ['ndjson'], quiet: true, entry: false },
      ...{ from: formatTime(start), to: formatTime(end), parallel: 4, signKey: join(folder, 'key.pem') },
    };
    const run = await runChild<ExportRun>(new URL('./export-child.ts', import.meta.url), input);
    if (run.code !== 0) throw new Error(`auditrail export ended with ${run.code}`);
    return { ...run, file: join(out, `${name}.ndjson`) };
  };

  // Runs this many exports of 500,000 entries (quick: 20,000) at the same time, in a separate keeper.
  const serveRange = async (jobs: number) => {
    const { start } = part(quick ? 10 : 4);
    const input: ServeInput = {
      ...{ folder: join(folder, `keeper-${jobs}`), tenant, jobs, from: formatTime(start), to: formatTime(end) },
      ...{ gateway: urls.gateway, tokens: `${read} ${write}` },
    };
    const run = await runChild<ServeRun>(new URL('./serve-child.ts', import.meta.url), input);
    rmSync(input.folder, { recursive: true });
    log(`auditrail serve, ${jobs} concurrent exports: ${run.rows} rows, ${megabytes(run.peakRss)} MB`);
    return run;
  };

  try {
    await loadEntries({ loki: urls.loki, tenant, entries, range, seed, log });
    await settle(stack);
    log('the entries are in the store');
    // A twentieth of the entries, which must take the same memory.
    const small = await exportRange(part(quick ? 4 : 20), 'small');
    const first = await exportRange(range, 'first');
    const lines = await lineSet(first.file);
    log(`auditrail export: ${rate(lines.count, first.ms)}/s`);
    const one = await serveRange(1);
    const three = await serveRange(3);

    const runLogcliOver = async (range: TimeRange, query: string, parallel?: Parallel) => {
      const file = join(folder, 'logcli');
      const ms = await runLogcli({ ...reader, query, range, file, ...(parallel && { parallel }) });
      const theirs = await lineSet(file);
      rmSync(file);
      const same = theirs.count === lines.count && theirs.sum === lines.sum;
      const how = parallel ? `${parallel.workers} workers, parts of ${parallel.duration}` : 'sequential';
      log(`logcli ${query}, ${how}: ${rate(theirs.count, ms)}/s`);
      return { perSecond: rate(theirs.count, ms), same };
    };
    const runs = [];
    for (const parallel of SETTINGS[quick ? 'quick' : 'full']) {
      runs.push({ parallel, ...(await runLogcliOver(range, linesQuery({}), parallel)) });
    }
    const best = runs.reduce((a, b) => (b.perSecond > a.perSecond ? b : a));
    const plain = await runLogcliOver(part(4), entriesQuery({}), best.parallel);
    const sequential = await runLogcliOver(part(10), linesQuery({}));
    // A second run, because logcli has several, at a time when Loki is idle.
    const last = quick ? first : await exportRange(range, 'last');
    const ownRate = rate(lines.count, Math.min(first.ms, last.ms));
    log(`auditrail export: ${rate(lines.count, last.ms)}/s`);

    return {
      entries: lines.count,
      same_lines: runs.every(({ same }) => same) && lines.count === entries,
      rows_rate_ratio_logcli: round(ownRate / best.perSecond),
      rows_rate_ratio_logcli_plain: round(ownRate / plain.perSecond),
      rows_rate_ratio_logcli_sequential: round(ownRate / sequential.perSecond),
      export_rate: ownRate,
      logcli_parallel_rate: best.perSecond,
      logcli_parallel_plain_rate: plain.perSecond,
      logcli_sequential_rate: sequential.perSecond,
      peak_rss_mb: megabytes(Math.max(first.peakRss, last.peakRss, small.peakRss)),
      peak_rss_small_mb: megabytes(small.peakRss),
      serve_rows: one.rows,
      serve_idle_rss_mb: megabytes(one.idleRss),
      serve_peak_rss_one_mb: megabytes(one.peakRss),
      serve_peak_rss_three_mb: megabytes(three.peakRss),
    };
  } finally {
    await discard(stack);
    rmSync(folder, { recursive: true, force: true });
  }
};
