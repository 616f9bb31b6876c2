import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchmarkOptions, Figures } from '../benchmark.ts';
import { runChild } from '../child.ts';
import { median, round } from '../figures.ts';
import { startOtlpSink } from '../otlp-sink.ts';
import type { AuditrailInput } from './auditrail-child.ts';
import type { Measured } from './measure.ts';
import type { PinoResult } from './pino-child.ts';

// Nothing listens on port 9 (discard): the SDK keeps all entries in its spool and tries again from time to time.
const UNREACHABLE = 'http://127.0.0.1:9';

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'auditrail-bench-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const auditrail = (input: Omit<AuditrailInput, 'folder'>) =>
  inFolder((folder) => runChild<Measured>(new URL('./auditrail-child.ts', import.meta.url), { ...input, folder }));
const pino = (input: { entries: number; warmUp: number }) =>
  inFolder((folder) => runChild<PinoResult>(new URL('./pino-child.ts', import.meta.url), { ...input, folder }));

interface Round {
  pino: PinoResult;
  loose: Measured;
  durable: Measured;
  delivered: Measured;
}

/** Compares the SDK with pino, which writes the same entries synchronously to a file. Each run is a separate process. */
export async function againstPino(options: BenchmarkOptions): Promise<Figures> {
  const { quick, log, entries = quick ? 50_000 : 200_000 } = options;
  const warmUp = Math.min(entries, 20_000);
  const sink = await startOtlpSink();
  const rounds: Round[] = [];
  try {
    for (let n = 1; n <= (quick ? 3 : 7); n++) {
      const each = { entries, warmUp, endpoint: UNREACHABLE, callers: 0, delivered: false };
      rounds.push({
        pino: await pino({ entries, warmUp }),
        loose: await auditrail(each),
        durable: await auditrail({ ...each, callers: 256 }),
        delivered: await auditrail({ ...each, endpoint: sink.url, delivered: true }),
      });
      log(`round ${n}: ${JSON.stringify(figuresOf(rounds.slice(-1), entries))}`);
    }
  } finally {
    sink.stop();
  }
  return { entries, rounds: rounds.length, ...figuresOf(rounds, entries) };
}

function figuresOf(rounds: readonly Round[], entries: number): Figures {
  const over = (value: (round: Round) => number) => round(median(rounds.map(value)));
  return {
    cpu_ratio_pino: over(({ loose, pino }) => loose.cpuUs / pino.cpuUs),
    durable_rate_ratio_pino: over(({ durable, pino }) => pino.ms / durable.ms),
    loop_delay_p99_ms: over(({ durable }) => durable.loopP99Ms),
    cpu_ratio_pino_delivered: over(({ delivered, pino }) => delivered.cpuUs / pino.cpuUs),
    cpu_us_per_entry: over(({ loose }) => loose.cpuUs / entries),
    cpu_us_per_entry_durable: over(({ durable }) => durable.cpuUs / entries),
    pino_cpu_us_per_entry: over(({ pino }) => pino.cpuUs / entries),
    durable_rate: over(({ durable }) => (entries / durable.ms) * 1000),
    pino_rate: over(({ pino }) => (entries / pino.ms) * 1000),
    pino_line_bytes: over(({ pino }) => pino.lineBytes),
  };
}
