import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { httpLokiClient, LOKI_PATHS } from '@auditrail/core/loki';
import { logqlString } from '@auditrail/core/query';
import { startStack, type RunningStack } from '@auditrail/stack';
import { z } from 'zod';
import type { BenchmarkOptions, Figures } from '../benchmark.ts';
import { runChild } from '../child.ts';
import { round } from '../figures.ts';
import { sampleEntry } from '../sample.ts';
import { PEERS, type PeerInput, type PeerResult } from './peer.ts';

const BURST_ACTION = sampleEntry(0).action;

const countResponse = z.object({
  data: z.object({ result: z.array(z.object({ value: z.tuple([z.number(), z.string()]) })) }),
});

async function countInLoki({ urls, tokensFor }: RunningStack, tenant: string): Promise<number> {
  const headers = { Authorization: `Bearer ${tokensFor(tenant).read}` };
  const loki = httpLokiClient({ url: urls.gateway, tenant, headers });
  // All loggers' lines contain the action; the SDK's start and end of the chain have other actions.
  const query = `sum(count_over_time({service_name=~".+"} |= ${logqlString(BURST_ACTION)} [1h]))`;
  const response = await loki.get(LOKI_PATHS.query, { query, time: `${Date.now() + 60_000}000000` });
  return Number(countResponse.parse(response).data.result[0]?.value[1] ?? 0);
}

// Waits until all entries are in Loki, or the count has not changed for three seconds.
async function settledCount(stack: RunningStack, tenant: string, expected: number): Promise<number> {
  let last = -1;
  for (let still = 0; still < 6; still++) {
    const count = await countInLoki(stack, tenant);
    if (count >= expected) return count;
    if (count !== last) still = 0;
    last = count;
    await sleep(500);
  }
  return last;
}

/** Sends a burst to a real Loki with each logger, with default settings, and counts the lost entries. */
export async function againstPeers({ quick, log }: BenchmarkOptions): Promise<Figures> {
  const entries = quick ? 20_000 : 50_000;
  const stack = await startStack({ progress: { log, update: log } });
  const figures: Figures = { burst: entries };
  try {
    for (const peer of PEERS) {
      const tenant = `${peer}-${randomBytes(4).toString('hex')}`;
      const folder = mkdtempSync(join(tmpdir(), 'auditrail-bench-'));
      try {
        const { urls, tokensFor } = stack;
        const input: PeerInput = {
          peer,
          entries,
          folder,
          tenant,
          collector: urls.collector,
          token: tokensFor(tenant).write,
          loki: urls.loki,
        };
        const { ms } = await runChild<PeerResult>(new URL('./peer-child.ts', import.meta.url), input);
        figures[`${peer}_rate`] = round((entries / ms) * 1000);
        figures[`${peer}_lost`] = entries - (await settledCount(stack, tenant, entries));
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
      log(`${peer}: ${figures[`${peer}_rate`]}/s, ${figures[`${peer}_lost`]} of ${entries} lost`);
    }
  } finally {
    await stack.stop();
  }
  return figures;
}
