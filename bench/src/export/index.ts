import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { entriesQuery, formatTime, linesQuery, msToNs, type TimeRange } from '@auditrail/core';
import { ensureBinaries, startStack } from '@auditrail/stack';
import type { Benchmark } from '../benchmark.ts';
import { runChild } from '../child.ts';
import { megabytes, round } from '../figures.ts';
import { loadEntries } from '../load-entries.ts';
import type { ExportRun } from './export-child.ts';
import { lineSet } from './line-set.ts';
import { runLogcli } from './logcli.ts';

const DAY_MS = 86_400_000;
const DAYS = 30;
// Found to be its best on the entries of this benchmark: more workers or shorter parts gain nothing.
const SETTINGS = { quick: ['24h'], full: ['6h', '24h'] };
const WORKERS = 4;
// As the command's own first line has it.
const NODE_ARGS = ['--max-semi-space-size=8'];

/** `auditrail export` (NDJSON) beside logcli: the same entries through the same gateway, one after the other. */
export const exporting: Benchmark = async ({ quick, entries: wanted, seed, say }) => {
  const entries = wanted ?? (quick ? 200_000 : 2_000_000);
  const progress = { say, update: say };
  const { logcli } = await ensureBinaries(progress);
  const stack = await startStack({ progress });
  const folder = mkdtempSync(join(tmpdir(), 'auditrail-bench-export-'));
  const tenant = 'bench';
  const end = msToNs(Math.floor(Date.now() / DAY_MS) * DAY_MS);
  const range: TimeRange = { start: end - msToNs(DAYS * DAY_MS), end };
  const part = (share: number): TimeRange => ({
    start: end - (range.end - range.start) / BigInt(share),
    end,
  });
  const { urls, tokens } = stack;
  const reader = { program: logcli, url: urls.gateway, token: tokens.read, tenant };
  const rate = (count: number, ms: number) => Math.round((count / ms) * 1000);

  const exportRange = async ({ start, end }: TimeRange, name: string) => {
    const out = join(folder, name);
    const input = {
      ...{ url: urls.gateway, token: tokens.read, tenant, out, name, format: ['ndjson'], quiet: true, entry: false },
      ...{ from: formatTime(start), to: formatTime(end), parallel: 4, signKey: join(folder, 'key.pem') },
    };
    const run = await runChild<ExportRun>(new URL('./export-child.ts', import.meta.url), input, NODE_ARGS);
    if (run.code !== 0) throw new Error(`auditrail export ended with ${run.code}`);
    return { ...run, file: join(out, `${name}.ndjson`) };
  };

  try {
    await loadEntries({ loki: urls.loki, tenant, entries, range, seed, say });
    // A twentieth of 2,000,000: memory has to be the same.
    const small = await exportRange(part(quick ? 2 : 20), 'small');
    const own = await exportRange(range, 'whole');
    const lines = await lineSet(own.file);
    say(`auditrail export: ${rate(lines.count, own.ms)}/s`);

    let best = Infinity;
    let bestKeep = Infinity;
    let same = true;
    for (const duration of quick ? SETTINGS.quick : SETTINGS.full) {
      const file = join(folder, `logcli-${duration}`);
      const parallel = { duration, workers: WORKERS };
      best = Math.min(best, await runLogcli({ ...reader, query: entriesQuery({}), range, parallel, file }));
      const theirs = await lineSet(file);
      same &&= theirs.count === lines.count && theirs.sum === lines.sum;
      bestKeep = Math.min(bestKeep, await runLogcli({ ...reader, query: linesQuery({}), range, parallel, file }));
      rmSync(file);
      say(
        `logcli in parts of ${duration}: ${rate(lines.count, best)}/s, without labels ${rate(lines.count, bestKeep)}/s`,
      );
    }
    const share = quick ? 10 : 4;
    const file = join(folder, 'sequential');
    const sequentialMs = await runLogcli({ ...reader, query: entriesQuery({}), range: part(share), file });
    const sequential = await lineSet(file);

    return {
      entries: lines.count,
      same_lines: same && lines.count === entries,
      rows_rate_ratio_logcli: round(best / own.ms),
      rows_rate_ratio_logcli_keep: round(bestKeep / own.ms),
      rows_rate_ratio_logcli_sequential: round(lines.count / own.ms / (sequential.count / sequentialMs)),
      export_rate: rate(lines.count, own.ms),
      logcli_parallel_rate: rate(lines.count, best),
      logcli_parallel_keep_rate: rate(lines.count, bestKeep),
      logcli_sequential_rate: rate(sequential.count, sequentialMs),
      peak_rss_mb: megabytes(Math.max(own.peakRss, small.peakRss)),
      peak_rss_small_mb: megabytes(small.peakRss),
    };
  } finally {
    await stack.stop();
    rmSync(folder, { recursive: true, force: true });
  }
};
