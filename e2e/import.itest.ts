import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { msToNs } from '@auditrail/core';
import { countEntries, httpLokiClient, readEntries, readVolume } from '@auditrail/core/loki';
import { verifyTrail } from '@auditrail/core/verify';
import { createAuditLogger } from '@auditrail/sdk';
import { recordAll } from '@auditrail/sdk/bulk';
import { importId, skipStored, type ImportEntry } from '@auditrail/sdk/import';
import { testStack, uniqueTenant } from '@auditrail/stack';
import { runExport } from '../keeper/src/export/index.ts';

// History as CloudTrail has it: whole seconds, several events in each, ids that are no order.
const stack = testStack();
const SERVICE = 'cloudtrail';
const start = Date.now() - 40 * 86_400_000;
const range = { start: msToNs(start - 60_000), end: msToNs(start + 600_000) };
const folder = mkdtempSync(join(tmpdir(), 'auditrail-import-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const events: ImportEntry[] = Array.from({ length: 350 }, (_, i) => {
  const time = `${new Date(start + Math.floor(i / 10) * 1_000).toISOString().slice(0, 19)}Z`;
  const id = importId({ time, source: 'cloudtrail/123456789012', key: `event-${i}` });
  return { id, time, action: 'bucket.listed', description: `Event ${i}`, actor: { type: 'user', id: String(i % 7) } };
});

function clientOf(tenant: string) {
  const { urls, tokensFor } = stack;
  return httpLokiClient({ url: urls.gateway, tenant, headers: { Authorization: `Bearer ${tokensFor(tenant).read}` } });
}

/** Imports the events; returns how many were recorded. */
async function importInto(tenant: string, spool: string, skip: boolean, given = events): Promise<number> {
  const { urls, tokensFor } = stack;
  const token = tokensFor(tenant).write;
  const audit = createAuditLogger({
    service: SERVICE,
    endpoint: urls.collector,
    tenant,
    token,
    spool: join(folder, spool),
  });
  try {
    const entries = skip ? skipStored({ loki: clientOf(tenant), service: SERVICE }, given) : given;
    const receipts = await recordAll(audit, entries);
    await audit.flush();
    return receipts.length;
  } finally {
    await audit.shutdown();
  }
}

/** What a person, a count, an export and the verification have of the history. */
async function views(tenant: string, name: string) {
  const loki = clientOf(tenant);
  const shown: string[] = [];
  const lines: string[] = [];
  for await (const page of readEntries(loki, { range })) shown.push(...page.map(({ entry }) => entry?.id ?? ''));
  for await (const page of readEntries(loki, { range, everyLine: true })) lines.push(...page.map(({ line }) => line));
  let bars = 0;
  for await (const some of readVolume(loki, { range })) for (const bar of some) bars += bar.success + bar.failure;
  const { rows, files } = await runExport({ loki, tenant, range, formats: ['csv'], folder: join(folder, name) });
  const { findings } = await verifyTrail(lines);
  return { shown, counted: await countEntries(loki, { range }), bars, rows, inFile: files[0]?.rows, findings };
}

const once = { shown: expect.anything() as string[], counted: 350, bars: 350, rows: 350, inFile: 350, findings: [] };

test('a second import that skips stored entries adds nothing: reader, counts, export, verification', async () => {
  const tenant = uniqueTenant('import');
  expect(await importInto(tenant, 'first', true)).toBe(350);
  const first = await views(tenant, 'csv-1');
  expect(first).toEqual(once);
  expect(first.shown.toSorted()).toEqual(events.map(({ id }) => id).toSorted());

  expect(await importInto(tenant, 'first', true)).toBe(0);
  expect(await importInto(tenant, 'another spool', true)).toBe(0);
  expect(await views(tenant, 'csv-2')).toEqual(first);
}, 120_000);

test('an interrupted import, of a log that repeats events, continues with what is missing', async () => {
  const tenant = uniqueTenant('import-part');
  expect(await importInto(tenant, 'part', true, [...events.slice(0, 130), ...events.slice(20, 130)])).toBe(130);
  expect(await importInto(tenant, 'part', true)).toBe(220);
  expect(await views(tenant, 'csv-part')).toEqual(once);
}, 120_000);

test('without that, a second chain has the same entries: shown and exported once, and verified', async () => {
  const tenant = uniqueTenant('import-twice');
  await importInto(tenant, 'one', false);
  await importInto(tenant, 'two', false);
  const { shown, rows, inFile, findings } = await views(tenant, 'csv-twice');
  expect([shown.length, rows, inFile, findings]).toEqual([350, 350, 350, []]);
}, 120_000);
