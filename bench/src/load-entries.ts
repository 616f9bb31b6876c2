import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { completeEntry, formatTime, otlpLogs, type AuditEntry, type AuditEntryInput } from '@auditrail/core';
import { httpLokiClient, countEntries } from '@auditrail/core/loki';
import { type TimeRange } from '@auditrail/core/query';
import type { RunningStack } from '@auditrail/stack';
import { seededRandom } from './random.ts';

/** Who acted in the entries that are loaded; number 0 is one of them, who acted as often as any other. */
export const personEmail = (n: number): string => `person${n}@example.com`;

export interface LoadOptions {
  /** Loki's own address: the collector's queue would only be waited for. */
  loki: string;
  tenant: string;
  entries: number;
  /** Evenly over this time. */
  range: TimeRange;
  /** How many people act. */
  people?: number;
  seed?: number;
  log?: (line: string) => void;
}

const BATCH = 5_000;

/**
 * Overrides of Loki for who loads a history: times that lie back make a stream for every few hours, as late entries do, and
 * what was written live has none.
 */
export const likeLive = (tenant: string): string =>
  `overrides:\n  ${tenant}:\n    shard_streams: { enabled: false, time_sharding_enabled: false }\n`;

// What a shop writes in a day: mostly ordinary, a failure now and then.
const KINDS = [
  { action: 'user.login', channel: 'auth', says: 'signed in', endpoint: '/api/login' },
  { action: 'user.logout', channel: 'auth', says: 'signed out', endpoint: '/api/logout' },
  { action: 'order.created', channel: 'orders', says: 'placed an order', endpoint: '/api/orders' },
  { action: 'order.updated', channel: 'orders', says: 'changed the address of an order', endpoint: '/api/orders/7' },
  { action: 'product.viewed', channel: 'catalogue', says: 'read the file of a product', endpoint: '/api/products/9' },
] as const;

/** Entry number `n` of those that {@link loadEntries} loads: the same for the same numbers, with a time of its own. */
function loadedEntry(n: number, ns: bigint, random: () => number, people: number): AuditEntry {
  const person = Math.floor(random() * people);
  const kind = KINDS[Math.floor(random() * KINDS.length)] ?? KINDS[0];
  const failed = random() < 0.03;
  const name = `Person ${person}`;
  const said: AuditEntryInput = {
    action: kind.action,
    channel: kind.channel,
    description: `${name} ${failed ? 'was refused; wanted to have' : ''} ${kind.says}`,
    actor: { type: 'user', id: String(person), name, email: personEmail(person), groups: ['customers'] },
    source: { ip: `10.${person % 200}.${n % 250}.7`, sessionId: `session-${person}` },
    target: { type: 'Order', id: String(n) },
    request: { method: 'POST', endpoint: kind.endpoint, status: failed ? 403 : 200 },
    outcome: failed ? 'failure' : 'success',
  };
  return completeEntry(said, { id: idAt(ns, n), time: formatTime(ns), service: 'bench' });
}

// A UUIDv7 (RFC 9562) of this moment, whose random part is the number.
function idAt(ns: bigint, n: number): string {
  const ms = (ns / 1_000_000n).toString(16).padStart(12, '0');
  const end = n.toString(16).padStart(12, '0');
  return `${ms.slice(0, 8)}-${ms.slice(8)}-7000-8000-${end}`;
}

/**
 * Loads entries into Loki as the collector would send them, oldest first, and waits until each can be read.
 *
 * @throws Error where Loki does not take a batch, or does not show as many as it took.
 */
export async function loadEntries(options: LoadOptions): Promise<void> {
  const { loki, tenant, entries, range, people = 5_000, seed = 1, log = () => undefined } = options;
  const random = seededRandom(seed);
  const step = (range.end - range.start) / BigInt(entries);
  let next = 0;
  const nextBatch = () => {
    const batch: AuditEntry[] = [];
    for (; batch.length < BATCH && next < entries; next++) {
      batch.push(loadedEntry(next, range.start + BigInt(next) * step, random, people));
    }
    return batch;
  };
  const send = async (batch: readonly AuditEntry[]) => {
    const response = await fetch(`${loki}/otlp/v1/logs`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Scope-OrgID': tenant },
      body: JSON.stringify(grouped(batch)),
    });
    if (!response.ok) throw new Error(`Loki refused a batch: ${response.status} ${await response.text()}`);
    if (next % 100_000 < BATCH) log(`${next} of ${entries} entries loaded`);
  };
  // One after the other, for streams grow in order; the next batch is made while Loki takes this one.
  let sending = Promise.resolve();
  for (let batch = nextBatch(); batch.length > 0; batch = nextBatch()) {
    await sending;
    sending = send(batch);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await sending;
  await fetch(`${loki}/flush`, { method: 'POST' });
  const stored = await countEntries(httpLokiClient({ url: loki, tenant }), { range });
  if (stored !== entries) throw new Error(`of ${entries} entries Loki shows ${stored}`);
}

/**
 * Brings Loki to where it is some days after entries came: each chunk in its store, the index in files, none in memory.
 *
 * @throws Error where Loki cannot write its chunks.
 */
export async function settle({ loki, urls, dataDir }: RunningStack): Promise<void> {
  const response = await fetch(`${urls.loki}/ingester/shutdown?flush=true&terminate=false`, { method: 'POST' });
  if (!response.ok) throw new Error(`Loki did not flush: ${response.status} ${await response.text()}`);
  await loki.stop();
  // What it holds is in the store; replayed, it would be in memory again.
  rmSync(join(dataDir, 'loki/wal'), { recursive: true });
  await loki.start();
}

/** Stops a stack whose data goes with it: what Loki would still write, for up to 20 seconds, nobody needs. */
export async function discard(stack: RunningStack): Promise<void> {
  await stack.loki.kill();
  await stack.stop();
}

// One resource for all: as a collector batches them, and a third of the work for Loki.
function grouped(batch: readonly AuditEntry[]) {
  const { resourceLogs } = otlpLogs(batch, 'bench');
  const [first] = resourceLogs;
  const logRecords = resourceLogs.flatMap(({ scopeLogs }) => scopeLogs.flatMap((scope) => scope.logRecords));
  return { resourceLogs: [{ resource: first?.resource, scopeLogs: [{ scope: { name: 'bench' }, logRecords }] }] };
}
