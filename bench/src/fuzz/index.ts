import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStack } from '@auditrail/stack';
import type { Benchmark, Figures } from '../benchmark.ts';
import { readLedger } from '../chaos/ledger.ts';
import { compareWhenComplete, lokiOf } from '../chaos/read-back.ts';
import { startChild } from '../child.ts';
import type { FuzzInput, FuzzResult } from './app.ts';

const TENANT = 'fuzz';

/** Records unusual input: each is refused with a code, or its entry in Loki matches the receipt. */
export const fuzz: Benchmark = async ({ quick, entries: inputs = quick ? 30_000 : 200_000, seed, log }) => {
  const folder = mkdtempSync(join(tmpdir(), 'auditrail-fuzz-'));
  try {
    const stack = await startStack({ dataDir: join(folder, 'stack'), progress: { log, update: log } });
    try {
      const began = Date.now();
      const ledger = join(folder, 'ledger');
      const input: FuzzInput = {
        inputs,
        seed,
        endpoint: stack.urls.collector,
        token: stack.tokensFor(TENANT).write,
        tenant: TENANT,
        spool: join(folder, 'spool'),
        ledger,
      };
      log(`${inputs} inputs`);
      const { how, output } = await startChild(new URL('./app.ts', import.meta.url), input).ended;
      if (how !== 0) log(`the app ended with ${how}: ${output}`);
      const result = how === 0 ? (JSON.parse(output.trim().split('\n').at(-1) ?? '') as FuzzResult) : undefined;
      const { receipts } = readLedger(ledger);
      log('reading back');
      const found = await compareWhenComplete(lokiOf(stack, TENANT), began, receipts, 15_000);
      for (const fault of found.faults) log(fault);
      const { stored, lost, altered, duplicates, chainOk } = found;
      return { ...figuresOf(inputs, result), stored, lost, altered, duplicates, chain_ok: chainOk, seed };
    } finally {
      await stack.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const sum = (counts: Record<string, number>) => Object.values(counts).reduce((all, count) => all + count, 0);

function figuresOf(inputs: number, result: FuzzResult | undefined): Figures {
  // The app ended without a result: it crashed.
  if (!result) return { inputs, crashed: 1 };
  const { accepted, refused, uncoded, polluted } = result;
  const codes = Object.entries(refused).map(([code, count]): [string, number] => [
    `refused_${code.toLowerCase()}`,
    count,
  ]);
  return {
    inputs,
    accepted,
    refused_coded: sum(refused),
    crashed: sum(uncoded),
    ...(sum(uncoded) > 0 && { crashes: JSON.stringify(uncoded) }),
    polluted,
    ...Object.fromEntries(codes),
  };
}
