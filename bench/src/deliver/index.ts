import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuditLogger } from '@auditrail/sdk';
import { startStack, type RunningStack } from '@auditrail/stack';
import type { Benchmark, Figures } from '../benchmark.ts';
import { sampleEntry } from '../sample.ts';

interface Mode {
  name: string;
  headers: Record<string, string>;
}

// With `queue`, which is the mode for other senders, the collector responds when the entries are in its queue.
const MODES: Mode[] = [
  { name: 'direct', headers: {} },
  { name: 'queued', headers: { 'X-Auditrail-Wait': 'queue' } },
];
const EMITTERS = [1, 10, 100];

interface Measured {
  /** Entries per second, from the first call until all are delivered. */
  rate: number;
  /** 99th percentile of the time from the call until delivery, in milliseconds, at a constant rate. */
  p99Ms: number;
}

/**
 * Sends entries from the SDK through the collector to Loki with 1, 10 and 100 emitters, and compares two modes: the collector
 * responds when Loki has responded (direct) or when the entries are in its queue (queued).
 */
export const deliver: Benchmark = async ({ quick, entries = quick ? 20_000 : 200_000, log }) => {
  const folder = mkdtempSync(join(tmpdir(), 'auditrail-deliver-'));
  const stack = await startStack({ dataDir: join(folder, 'stack'), progress: { log, update: log } });
  const figures: Figures = {};
  try {
    for (const emitters of EMITTERS) {
      const found = new Map<string, Measured>();
      for (const mode of MODES) {
        const spool = mkdtempSync(join(folder, 'spool-'));
        const measured = await measure(stack, mode, { emitters, entries, steady: quick ? 1_000 : 5_000, spool });
        found.set(mode.name, measured);
        log(
          `${emitters} emitters, ${mode.name}: ${Math.round(measured.rate)} entries/s, p99 ${measured.p99Ms.toFixed(0)} ms`,
        );
        figures[`${mode.name}_rate_${emitters}`] = Math.round(measured.rate);
        figures[`${mode.name}_p99_ms_${emitters}`] = Math.round(measured.p99Ms);
      }
      const [direct, queued] = [found.get('direct'), found.get('queued')];
      if (direct && queued) figures[`rate_ratio_${emitters}`] = Number((direct.rate / queued.rate).toFixed(2));
    }
    return figures;
  } finally {
    await stack.stop();
    rmSync(folder, { recursive: true, force: true });
  }
};

async function measure(
  stack: RunningStack,
  { name, headers }: Mode,
  { emitters, entries, steady, spool }: { emitters: number; entries: number; steady: number; spool: string },
): Promise<Measured> {
  const loggers = Array.from({ length: emitters }, (_, i) =>
    createAuditLogger({
      service: `deliver-${i}`,
      endpoint: stack.urls.collector,
      token: stack.tokensFor(`deliver-${name}`).write,
      tenant: `deliver-${name}`,
      spool: join(spool, String(i)),
      headers,
      integrity: { marks: false },
    }),
  );
  try {
    const emit = async (n: number) => loggers[n % emitters]?.record(sampleEntry(n));
    const began = performance.now();
    for (let sent = 0; sent < entries; sent += 1_000) {
      await Promise.all(Array.from({ length: 1_000 }, (_, i) => emit(sent + i)));
    }
    await Promise.all(loggers.map((audit) => audit.flush({ timeoutMs: 120_000 })));
    const rate = entries / ((performance.now() - began) / 1_000);

    // One entry every 2 ms, to measure how long a caller waits for delivery.
    const times: number[] = [];
    const waiting: Promise<void>[] = [];
    for (let i = 0; i < steady; i++) {
      const started = performance.now();
      const delivered = loggers[i % emitters]?.record(sampleEntry(i), { wait: 'delivered' });
      waiting.push(Promise.resolve(delivered).then(() => void times.push(performance.now() - started)));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await Promise.all(waiting);
    times.sort((a, b) => a - b);
    return { rate, p99Ms: times[Math.floor(times.length * 0.99)] ?? NaN };
  } finally {
    await Promise.all(loggers.map((audit) => audit.shutdown()));
  }
}
