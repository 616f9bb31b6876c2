import { setTimeout as sleep } from 'node:timers/promises';
import { AuditError, completeEntry, formatTime, msToNs, type AuditEntry } from '@auditrail/core';
import { httpLokiClient, type LokiClient, type TrailLine, type VolumeBar } from '@auditrail/core/loki';
import type { EntryQuery, FilterField, TimeRange } from '@auditrail/core/query';
import {
  fallbackSource,
  keeperSource,
  lokiSource,
  missingInKeeper,
  responsiveKeeper,
  sampleOfLoki,
  type KeeperClient,
  type TrailSource,
} from '@auditrail/core/source';
import { startStack, uniqueTenant, type RunningStack } from '@auditrail/stack';
import { sendEntries, waitForTrail } from '@auditrail/stack/testing';
import { uuidv7 } from 'uuidv7';
import { startKeeper, type StackKeeper } from '../stack/src/services/keeper.ts';
import { freePort } from '../stack/src/services/ports.ts';

const HOUR = msToNs(3_600_000);
const DAY = 24n * HOUR;
const tenant = uniqueTenant('keeper-reading');

let stack: RunningStack;
let keeper: StackKeeper;
let client: KeeperClient;
let loki: LokiClient;
let sources: { keeper: TrailSource; loki: TrailSource };
let entries: AuditEntry[];
const end = (msToNs(Date.now()) / DAY) * DAY;
const whole: TimeRange = { start: end - 8n * DAY, end };

function entryAt(ns: bigint, n: number): AuditEntry {
  const input = {
    action: n % 2 ? 'user.login' : 'product.updated',
    description: `number ${n} of "tea" 50%`,
    outcome: n % 3 === 0 ? ('failure' as const) : ('success' as const),
    actor: { type: 'user' as const, email: `person${n % 4}@example.com`, groups: ['all', n % 2 ? 'odd' : 'even'] },
    source: { ip: `10.0.${n % 2}.${n % 7}` },
    target: { type: 'Product', id: `${n}` },
  };
  return completeEntry(input, { id: uuidv7(), time: formatTime(ns), service: 'shop' });
}

// Entries on the edges of days and on both sides of them, many on one nanosecond, and many on one day.
function trail(): AuditEntry[] {
  const edges = [1n, 2n, 5n, 7n].flatMap((days) => [end - days * DAY - 1n, end - days * DAY, end - days * DAY + 1n]);
  const ties = Array.from({ length: 25 }, () => end - 3n * DAY);
  const close = Array.from({ length: 40 }, (_, n) => end - 6n * DAY + BigInt(n) * 250_000_000n);
  return [...edges, ...ties, ...close].map(entryAt);
}

/** The keeper's API, as a program calls it. */
function keeperClient(): KeeperClient {
  const expiresMs = Date.now() + 3_600_000;
  const { url } = keeper;
  const { secret } = keeper.tokens.create({ tenant, name: 'test', scopes: ['entries:read'], expiresMs });
  return {
    async ask(path, body, signal) {
      const headers = { Authorization: `Bearer ${secret}`, 'Content-Type': 'application/json' };
      const response = await fetch(url + path, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
        ...(signal && { signal }),
      });
      const { status } = response;
      if (!response.ok) throw new AuditError('KEEPER_UNAVAILABLE', await response.text(), { status });
      return (await response.json()) as unknown;
    },
  };
}

async function begin(): Promise<void> {
  keeper = await startKeeper(stack, await freePort(), tenant, () => undefined);
  client = keeperClient();
  sources = { keeper: keeperSource(responsiveKeeper(client)), loki: lokiSource(loki) };
}

async function untilKept(count: number): Promise<void> {
  for (const until = Date.now() + 30_000; Date.now() < until; await sleep(100)) {
    if ((await sources.keeper.count({ range: whole })) >= count) return;
  }
  throw new Error(`the keeper does not have ${count} entries`);
}

beforeAll(async () => {
  stack = await startStack({ keeperIntake: 'own' });
  const headers = { Authorization: `Bearer ${stack.tokensFor(tenant).read}` };
  loki = httpLokiClient({ url: stack.urls.gateway, tenant, headers });
  await begin();
  entries = trail();
  await sendEntries(stack, tenant, entries);
  await waitForTrail(stack, tenant, entries.length);
  await untilKept(entries.length);
}, 120_000);
afterAll(async () => {
  await keeper?.stop();
  await stack?.stop();
}, 60_000);

async function all<T>(pages: AsyncIterable<T[]>): Promise<T[]> {
  const items: T[] = [];
  for await (const page of pages) items.push(...page);
  return items;
}
const linesOf = (lines: TrailLine[]) => lines.map(({ ns, line }) => `${ns} ${line}`);

async function barsOf(source: TrailSource, query: EntryQuery, range: TimeRange, afterStart: boolean) {
  const bars: VolumeBar[] = [];
  for await (const part of source.volume({ query, range, stepSeconds: 3_600, afterStart })) bars.push(...part.bars);
  return bars;
}

async function valuesOf(source: TrailSource, field: FilterField, range: TimeRange, containing?: string) {
  let values: { value: string; count: number }[] = [];
  const options = { range, ...(containing && { containing }) };
  for await (const found of source.values(field, options)) values = found.values;
  return values;
}

const RANGES: [string, () => TimeRange][] = [
  ['whole days', () => whole],
  ['from an entry to another', () => ({ start: end - 5n * DAY, end: end - 2n * DAY })],
  ['just after an entry', () => ({ start: end - 5n * DAY + 1n, end: end - 2n * DAY + 1n })],
  ['a minute', () => ({ start: end - 6n * DAY, end: end - 6n * DAY + 10_000_000_000n })],
  ['one nanosecond', () => ({ start: end - 3n * DAY, end: end - 3n * DAY + 1n })],
  ['no time', () => ({ start: end, end })],
];
const QUERIES: EntryQuery[] = [
  {},
  { filters: [{ field: 'ip', operator: 'is', values: ['10.0.1.0/24'] }] },
  { filters: [{ field: 'email', operator: 'is not', values: ['person1@example.com'] }], search: 'TEA" 50%' },
  { filters: [{ field: 'action', operator: 'is', values: ['not.there'] }] },
];

describe.each(RANGES)('keeper and Loki agree: %s', (_, rangeOf) => {
  it.each(QUERIES)('%j', async (query) => {
    const range = rangeOf();
    const rows = await all(sources.loki.rows({ query, range }));
    const expected = linesOf(rows);
    for (const pageEntries of [1, 7, 1_000]) {
      if (pageEntries === 1 && expected.length > 30) continue;
      expect(linesOf(await all(sources.keeper.rows({ query, range, pageEntries })))).toEqual(expected);
    }
    expect(await sources.keeper.count({ query, range })).toBe(expected.length);
    for (const afterStart of [false, true]) {
      const bars = await barsOf(sources.keeper, query, range, afterStart);
      const counted = afterStart ? rows.filter(({ ns }) => ns > range.start) : rows;
      expect(bars.reduce((sum, { success, failure }) => sum + success + failure, 0)).toBe(counted.length);
      // Loki extends the other ranges to whole milliseconds, which the page has.
      if (range.start % 1_000_000n > 0n || range.end % 1_000_000n > 0n) continue;
      expect(bars).toEqual(await barsOf(sources.loki, query, range, afterStart));
    }
  });
});

it.each(['action', 'email', 'group', 'record', 'ip'] as FilterField[])('values of %s agree', async (field) => {
  const range = { start: end - 7n * DAY, end: end - 1n * DAY };
  for (const containing of [undefined, '1']) {
    expect(await valuesOf(sources.keeper, field, range, containing)).toEqual(
      await valuesOf(sources.loki, field, range, containing),
    );
  }
});

it('finds an entry by its id, whose time is not that of the id', async () => {
  const id = entries[0]?.id ?? '';
  const found = await all(sources.keeper.find(id.toUpperCase(), { range: whole }));
  expect(found.map(({ entry }) => entry?.id)).toEqual([id]);
  await expect(all(sources.keeper.find('not an id', { range: whole }))).rejects.toMatchObject({
    code: 'INVALID_FILTER',
  });
});

it('counts an entry once that was delivered twice, which Loki does not', async () => {
  const twice = entryAt(end - 4n * DAY, 1_000);
  entries.push(twice);
  await sendEntries(stack, tenant, [twice]);
  await sendEntries(stack, tenant, [twice]);
  await waitForTrail(stack, tenant, entries.length);
  await untilKept(entries.length);
  expect(await sources.keeper.count({ range: whole })).toBe(entries.length);
  expect(linesOf(await all(sources.keeper.rows({ range: whole })))).toEqual(
    linesOf(await all(sources.loki.rows({ range: whole }))),
  );
});

it('rows go on in Loki when the keeper stops between two pages, and the comparison finds what it lacks', async () => {
  const now = { start: whole.start, end: msToNs(Date.now() + 60_000) };
  const expected = linesOf(await all(sources.loki.rows({ range: now })));
  expect(await missingInKeeper(client, await sampleOfLoki(loki, now, { history: true }))).toEqual([]);

  const failures: unknown[] = [];
  const both = fallbackSource(sources.keeper, sources.loki, (error) => failures.push(error));
  const pages = both.rows({ range: now, pageEntries: 20 });
  const read: TrailLine[] = [];
  while (read.length < 20) read.push(...((await pages.next()).value ?? []));
  // In the middle of the entries of one nanosecond.
  expect(read).toHaveLength(20);
  await keeper.stop();
  expect(linesOf([...read, ...(await all(pages))])).toEqual(expected);
  expect(failures).toHaveLength(1);
  expect(await both.count({ range: now })).toBeGreaterThanOrEqual(expected.length);

  const whileDown = Array.from({ length: 3 }, (_, n) => entryAt(msToNs(Date.now()) + BigInt(n), n));
  const late = entryAt(whole.start + HOUR, 5);
  await sendEntries(stack, tenant, [...whileDown, late]);
  await waitForTrail(stack, tenant, entries.length + 4);
  const lines = (await sampleOfLoki(loki, now, { history: true })).filter(({ entry }) =>
    [...whileDown, late].some(({ id }) => id === entry?.id),
  );
  expect(new Set(lines.map(({ key }) => key)).size).toBe(4);

  await begin();
  for (const until = Date.now() + 30_000; (await missingInKeeper(client, lines)).length > 0; await sleep(100)) {
    if (Date.now() > until) throw new Error('the keeper did not catch up');
  }
  expect(linesOf(await all(sources.keeper.rows({ range: now })))).toEqual(
    linesOf(await all(sources.loki.rows({ range: now }))),
  );
}, 90_000);
