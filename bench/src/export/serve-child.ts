import { setTimeout as sleep } from 'node:timers/promises';
import { exportEngine, GatewayTokenSet, serve } from 'auditrail';
import { keepHeapSmall } from '../../../keeper/src/export/small-heap.ts';
import { childInput } from '../child.ts';

export interface ServeInput {
  /** The keeper's folder. */
  folder: string;
  /** The gateway's URL, and its read and write tokens. */
  gateway: string;
  tokens: string;
  tenant: string;
  from: string;
  to: string;
  /** Number of concurrent exports. */
  jobs: number;
}

/** The cost of exports in `auditrail serve`. */
export interface ServeRun {
  /** Rows of all exports. */
  rows: number;
  ms: number;
  /** Resident memory in bytes before the first export, and the maximum until all are completed. */
  idleRss: number;
  peakRss: number;
}

const { folder, gateway: url, tokens: text, tenant, from, to, jobs } = childInput<ServeInput>();
const tokens = new GatewayTokenSet(text);
keepHeapSmall();
const keeper = await serve({
  ...{ folder, collector: { url, tokens }, port: 0, concurrency: jobs },
  engine: exportEngine({ url, tokens, keyFile: `${folder}/key.pem` }),
  log: (level, event, details) => void (level === 'info' || console.error(event, details)),
});
const scopes = ['exports:create', 'exports:read'] as const;
const { secret } = keeper.tokens.create({
  tenant,
  name: 'bench',
  scopes: [...scopes],
  expiresMs: Date.now() + 3_600_000,
});

async function request(path: string, body?: object): Promise<Record<string, unknown>> {
  const headers = { Authorization: `Bearer ${secret}`, 'Content-Type': 'application/json' };
  const init = body ? { method: 'POST', headers, body: JSON.stringify(body) } : { headers };
  const response = await fetch(keeper.url + path, init);
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Record<string, unknown>;
}

async function runExport(name: string): Promise<number> {
  const { id } = await request('/v1/exports', { name, formats: ['ndjson'], from, to });
  for (;;) {
    const { status, rows, error } = await request(`/v1/exports/${String(id)}`);
    if (status === 'completed') return Number(rows);
    if (status === 'failed') throw new Error(JSON.stringify(error));
    await sleep(500);
  }
}

const idleRss = process.memoryUsage.rss();
const began = performance.now();
const rows = await Promise.all(Array.from({ length: jobs }, (_, i) => runExport(`bench ${i}`)));
const result: ServeRun = {
  rows: rows.reduce((sum, each) => sum + each, 0),
  ms: performance.now() - began,
  idleRss,
  peakRss: process.resourceUsage().maxRSS * 1024,
};
await keeper.stop();
console.log(JSON.stringify(result));
