import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { completeEntry, formatTime, otlpLogs, type AuditEntry, type AuditEntryInput } from '@auditrail/core';
import { httpLokiClient, countEntries } from '@auditrail/core/loki';
import { type TimeRange } from '@auditrail/core/query';
import type { RunningStack } from '@auditrail/stack';
import { seededRandom } from './random.ts';

/** The e-mail address of person number `n` in the loaded entries. */
export const personEmail = (n: number): string => `person${n}@example.com`;

export interface LoadOptions {
  /** Loki's URL; entries are not sent through the collector. */
  loki: string;
  tenant: string;
  entries: number;
  /** The entries are evenly distributed over this range. */
  range: TimeRange;
  /** Number of people who act. Default: 5,000. */
  people?: number;
  seed?: number;
  log?: (line: string) => void;
}

const BATCH = 5_000;

/**
 * Overrides for Loki that turn off time sharding for a tenant: late entries would get a stream for every few hours, unlike
 * entries that are written live.
 */
export const withoutTimeSharding = (tenant: string): string =>
  `overrides:\n  ${tenant}:\n    shard_streams: { enabled: false, time_sharding_enabled: false }\n`;

// Typical entries of a shop.
const KINDS = [
  { action: 'user.login', channel: 'auth', text: 'signed in', endpoint: '/api/login' },
  { action: 'user.logout', channel: 'auth', text: 'signed out', endpoint: '/api/logout' },
  { action: 'order.created', channel: 'orders', text: 'placed an order', endpoint: '/api/orders' },
  { action: 'order.updated', channel: 'orders', text: 'changed the address of an order', endpoint: '/api/orders/7' },
  { action: 'product.viewed', channel: 'catalogue', text: 'read the file of a product', endpoint: '/api/products/9' },
] as const;

/** Entry number `n`. The same random numbers result in the same entry. */
function loadedEntry(n: number, ns: bigint, random: () => number, people: number): AuditEntry {
  const person = Math.floor(random() * people);
  const kind = KINDS[Math.floor(random() * KINDS.length)] ?? KINDS[0];
  const failed = random() < 0.03;
  const name = `Person ${person}`;
  const input: AuditEntryInput = {
    action: kind.action,
    channel: kind.channel,
    description: `${name} ${failed ? 'was refused:' : ''} ${kind.text}`,
    actor: { type: 'user', id: String(person), name, email: personEmail(person), groups: ['customers'] },
    source: { ip: `10.${person % 200}.${n % 250}.7`, sessionId: `session-${person}` },
    target: { type: 'Order', id: String(n) },
    request: { method: 'POST', endpoint: kind.endpoint, status: failed ? 403 : 200 },
    outcome: failed ? 'failure' : 'success',
  };
  return completeEntry(input, { id: idAt(ns, n), time: formatTime(ns), service: 'bench' });
}

// A UUIDv7 (RFC 9562) of this time with the number as its random part.
function idAt(ns: bigint, n: number): string {
  const ms = (ns / 1_000_000n).toString(16).padStart(12, '0');
  const end = n.toString(16).padStart(12, '0');
  return `${ms.slice(0, 8)}-${ms.slice(8)}-7000-8000-${end}`;
}

/**
 * Loads entries into Loki in the collector's format, oldest first, and waits until all can be read.
 *
 * @throws Error if Loki refuses a batch or does not show all entries
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
  // Sequential, to keep streams in order. The next batch is created while Loki stores the current one.
  let sending = Promise.resolve();
  for (let batch = nextBatch(); batch.length > 0; batch = nextBatch()) {
    await sending;
    sending = send(batch);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await sending;
  await fetch(`${loki}/flush`, { method: 'POST' });
  const stored = await countEntries(httpLokiClient({ url: loki, tenant }), { range });
  if (stored !== entries) throw new Error(`Loki shows ${stored} of ${entries} entries`);
}

/**
 * Brings Loki into the state of some days later: all chunks and the index are in its store, and nothing is in memory.
 *
 * @throws Error if Loki cannot write its chunks
 */
export async function settle({ loki, urls, dataDir }: RunningStack): Promise<void> {
  const response = await fetch(`${urls.loki}/ingester/shutdown?flush=true&terminate=false`, { method: 'POST' });
  if (!response.ok) throw new Error(`Loki did not flush: ${response.status} ${await response.text()}`);
  await loki.stop();
  // The entries are in the store; replaying the WAL would load them into memory again.
  rmSync(join(dataDir, 'loki/wal'), { recursive: true });
  await loki.start();
}

/** Stops a stack without waiting for Loki to write its data, which is deleted anyway. */
export async function discard(stack: RunningStack): Promise<void> {
  await stack.loki.kill();
  await stack.stop();
}

// One resource for all entries, as the collector batches them; this takes Loki a third of the work.
function grouped(batch: readonly AuditEntry[]) {
  const { resourceLogs } = otlpLogs(batch, 'bench');
  const [first] = resourceLogs;
  const logRecords = resourceLogs.flatMap(({ scopeLogs }) => scopeLogs.flatMap((scope) => scope.logRecords));
  return { resourceLogs: [{ resource: first?.resource, scopeLogs: [{ scope: { name: 'bench' }, logRecords }] }] };
}
