import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuditLogger } from '@auditrail/sdk';
import { startStack, type RunningStack } from '@auditrail/stack';
import type { Benchmark, Figures } from '../benchmark.ts';
import { sampleEntry } from '../sample.ts';

interface Way {
  name: string;
  headers: Record<string, string>;
}

// The header's other value is what every other sender has: an answer as soon as the entries are in the collector's queue.
const WAYS: Way[] = [
  { name: 'direct', headers: {} },
  { name: 'queued', headers: { 'X-Auditrail-Wait': 'queue' } },
];
const EMITTERS = [1, 10, 100];

interface Measured {
  /** Entries a second, from the first call until all were answered. */
  rate: number;
  /** Of the time from the call to the answer, in milliseconds, at a steady rate. */
  p99Ms: number;
}

/**
 * Entries from the SDK through collector to Loki, with answers of Loki (direct) and of the collector's queue, in turn, with 1, 10
 * and 100 emitters.
 */
export const deliver: Benchmark = async ({ quick, entries = quick ? 20_000 : 200_000, log }) => {
  const folder = mkdtempSync(join(tmpdir(), 'auditrail-deliver-'));
  const stack = await startStack({ dataDir: join(folder, 'stack'), progress: { log, update: log } });
  const figures: Figures = {};
  try {
    for (const emitters of EMITTERS) {
      const found = new Map<string, Measured>();
      for (const way of WAYS) {
        const spool = mkdtempSync(join(folder, 'spool-'));
        const measured = await measure(stack, way, { emitters, entries, steady: quick ? 1_000 : 5_000, spool });
        found.set(way.name, measured);
        log(
          `${emitters} emitters, ${way.name}: ${Math.round(measured.rate)} entries/s, p99 ${measured.p99Ms.toFixed(0)} ms`,
        );
        figures[`${way.name}_rate_${emitters}`] = Math.round(measured.rate);
        figures[`${way.name}_p99_ms_${emitters}`] = Math.round(measured.p99Ms);
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
  { name, headers }: Way,
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

    // One entry each 2 ms: what a caller waits who wants Loki's answer.
    const times: number[] = [];
    const waiting: Promise<void>[] = [];
    for (let i = 0; i < steady; i++) {
      const at = performance.now();
      const answered = loggers[i % emitters]?.record(sampleEntry(i), { wait: 'delivered' });
      waiting.push(Promise.resolve(answered).then(() => void times.push(performance.now() - at)));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await Promise.all(waiting);
    times.sort((a, b) => a - b);
    return { rate, p99Ms: times[Math.floor(times.length * 0.99)] ?? NaN };
  } finally {
    await Promise.all(loggers.map((audit) => audit.shutdown()));
  }
}
