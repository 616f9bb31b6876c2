import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatTime } from '@auditrail/core';
import { type TimeRange } from '@auditrail/core/query';

export interface LogcliOptions {
  program: string;
  /** The gateway's URL. */
  url: string;
  token: string;
  tenant: string;
  query: string;
  range: TimeRange;
  /** Settings of the parallel mode. Default: sequential. */
  parallel?: { duration: string; workers: number };
  /** The output file. */
  file: string;
}

/** Runs logcli with the largest pages that Loki allows. @returns milliseconds until all lines are in the file */
export async function runLogcli(options: LogcliOptions): Promise<number> {
  const { program, url, token, tenant, query, range, parallel, file } = options;
  const parts = mkdtempSync(join(tmpdir(), 'auditrail-logcli-'));
  const args = [
    ...['query', query, '--addr', url, '--bearer-token', token, '--org-id', tenant, '--quiet', '--output', 'raw'],
    ...['--from', formatTime(range.start), '--to', formatTime(range.end), '--limit', '0', '--batch', '5000'],
    ...(parallel
      ? [
          ...['--parallel-duration', parallel.duration, '--parallel-max-workers', String(parallel.workers)],
          ...['--part-path-prefix', join(parts, 'part'), '--merge-parts'],
        ]
      : []),
  ];
  const output = openSync(file, 'w');
  const began = performance.now();
  try {
    await new Promise<void>((resolve, reject) => {
      const child = spawn(program, args, { stdio: ['ignore', output, 'pipe'] });
      let errors = '';
      child.stderr?.setEncoding('utf8').on('data', (text: string) => (errors += text));
      child.once('error', reject);
      child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`logcli: ${errors.slice(-500)}`))));
    });
    return performance.now() - began;
  } finally {
    closeSync(output);
    rmSync(parts, { recursive: true, force: true });
  }
}
