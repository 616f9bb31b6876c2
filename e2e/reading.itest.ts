import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { completeEntry, formatTime, msToNs, type AuditEntry } from '@auditrail/core';
import {
  countEntries,
  httpLokiClient,
  lokiLimits,
  LOKI_PATHS,
  readEntries,
  readVolume,
  type LokiClient,
  type ReadOptions,
} from '@auditrail/core/loki';
import { uuidv7 } from 'uuidv7';
import { startStack } from '../stack/src/index.ts';
import { testStack, uniqueTenant, type TestStack } from '../stack/src/testing/test-stack.ts';
import { sendEntries, waitForTrail } from '../stack/src/testing/otlp.ts';

const HOUR = msToNs(3_600_000);
const DAY = 24n * HOUR;

function entryAt(ns: bigint, n: number): AuditEntry {
  const outcome = n % 3 === 0 ? 'failure' : 'success';
  const input = { action: 'a.b', description: `${n}`, outcome, actor: { type: 'system' } } as const;
  return completeEntry(input, { id: uuidv7(), time: formatTime(ns), service: 'x' });
}

const clientOf = ({ urls, tokensFor }: Pick<TestStack, 'urls' | 'tokensFor'>, tenant: string): LokiClient =>
  httpLokiClient({ url: urls.gateway, tenant, headers: { Authorization: `Bearer ${tokensFor(tenant).read}` } });

async function readIds(loki: LokiClient, options: ReadOptions): Promise<string[]> {
  const ids: string[] = [];
  for await (const page of readEntries(loki, options)) ids.push(...page.map(({ entry, key }) => entry?.id ?? key));
  return ids;
}

async function sum(loki: LokiClient, options: ReadOptions & { stepSeconds?: number }): Promise<number> {
  let entries = 0;
  for await (const bars of readVolume(loki, options)) for (const bar of bars) entries += bar.success + bar.failure;
  return entries;
}

// Entries at the borders of bars and slices, to the nanosecond on both sides; with the same time; and many on one day.
function trail(end: bigint): AuditEntry[] {
  const edges = [1n, 2n, 5n, 20n].flatMap((days) => [end - days * DAY - 1n, end - days * DAY, end - days * DAY + 1n]);
  const ties = Array.from({ length: 25 }, () => end - 3n * DAY);
  const close = Array.from({ length: 40 }, (_, n) => end - 6n * DAY + BigInt(n) * 250_000_000n);
  return [...edges, ...ties, ...close].map(entryAt);
}

test('rows, count and chart agree to the nanosecond, for any page size', async () => {
  const stack = testStack();
  const tenant = uniqueTenant('reading');
  const end = (msToNs(Date.now()) / DAY) * DAY;
  const entries = trail(end);
  await sendEntries(stack, tenant, entries);
  await waitForTrail(stack, tenant, entries.length);
  const loki = clientOf(stack, tenant);
  const ranges = [
    { start: end - 25n * DAY, end },
    { start: end - 5n * DAY, end: end - DAY },
    { start: end - 20n * DAY, end: end - 5n * DAY + 1_000_000n },
    { start: end - 6n * DAY, end: end - 6n * DAY + 7_000_000_000n },
  ];
  for (const range of ranges) {
    const expected = entries.filter(({ time }) => time >= formatTime(range.start) && time < formatTime(range.end));
    const ids = expected.map(({ id }) => id).sort();
    for (const pageEntries of [3, 1_000]) {
      expect((await readIds(loki, { range, pageEntries })).sort()).toEqual(ids);
    }
    expect(await countEntries(loki, { range })).toBe(ids.length);
    expect(await sum(loki, { range })).toBe(ids.length);
    expect(await sum(loki, { range, stepSeconds: 86_400 })).toBe(ids.length);
  }
}, 120_000);

test('an entry that arrives late during reading is read exactly once', async () => {
  const stack = testStack();
  const tenant = uniqueTenant('late');
  const end = (msToNs(Date.now()) / HOUR) * HOUR;
  const entries = Array.from({ length: 60 }, (_, n) => entryAt(end - BigInt(n + 1) * 6n * HOUR, n));
  await sendEntries(stack, tenant, entries);
  await waitForTrail(stack, tenant, entries.length);
  const loki = clientOf(stack, tenant);
  const late = entryAt(end - 14n * DAY - 1n, 99);
  const ids: string[] = [];
  for await (const page of readEntries(loki, { range: { start: end - 20n * DAY, end }, pageEntries: 10 })) {
    if (ids.length === 0) {
      await sendEntries(stack, tenant, [late]);
      await waitForTrail(stack, tenant, entries.length + 1);
    }
    ids.push(...page.map(({ entry, key }) => entry?.id ?? key));
  }
  expect(ids.sort()).toEqual([...entries, late].map(({ id }) => id).sort());
}, 120_000);

test('the limits of Loki are read once, and no query exceeds them', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'reading-'));
  const overrides = join(folder, 'overrides.yaml');
  writeFileSync(overrides, 'overrides:\n  small: { max_entries_limit_per_query: 7, max_query_length: 36h }\n');
  const stack = await startStack({ overrides });
  try {
    const direct = clientOf(stack, 'small');
    let limitsRead = 0;
    const loki: LokiClient = {
      get: (path, params, signal) => {
        if (path === LOKI_PATHS.limits) limitsRead++;
        return direct.get(path, params, signal);
      },
    };
    const end = (msToNs(Date.now()) / HOUR) * HOUR;
    const entries = Array.from({ length: 50 }, (_, n) => entryAt(end - BigInt(n + 1) * 3n * HOUR, n));
    await sendEntries(stack, 'small', entries);
    await waitForTrail(stack, 'small', entries.length);
    const range = { start: end - 10n * DAY, end };
    expect(await lokiLimits(loki)).toMatchObject({
      pageEntries: 7,
      spanMs: 36 * 3_600_000 - 1,
      keptMs: 365 * 86_400_000,
    });
    expect(await readIds(loki, { range, pageEntries: 1_000 })).toHaveLength(50);
    expect(await countEntries(loki, { range })).toBe(50);
    expect(await sum(loki, { range })).toBe(50);
    expect(limitsRead).toBe(1);
    // Loki refuses a query above the limit.
    const params = { query: '{audit_channel=~".+"}', start: String(range.start), end: String(range.end), limit: '8' };
    await expect(direct.get(LOKI_PATHS.queryRange, params)).rejects.toMatchObject({ status: 400 });
  } finally {
    await stack.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}, 120_000);
