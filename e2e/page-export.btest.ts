import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { msToNs } from '@auditrail/core';
import { type TrailLine } from '@auditrail/core/loki';
import { type EntryQuery } from '@auditrail/core/query';
import { readTrail } from '@auditrail/stack/testing';
import type { Download, Page } from 'playwright-core';
import { testIds } from '../grafana-plugin/src/components/testIds.ts';
import { seriousProblems } from './accessibility.ts';
import { screenshot } from './browser.ts';
import { pageTests, seededHistory, testInHost } from './page-tests.ts';

const { table, instantExport: ids } = testIds;

const { browser, site, openPage } = pageTests();
const history = seededHistory(site);

async function openView(more: Record<string, string> = {}): Promise<Page> {
  const page = await openPage(new URLSearchParams([...history.range, ...Object.entries(more)]));
  await page.getByTestId(table.row).first().waitFor();
  return page;
}

async function choose(page: Page, format: string): Promise<void> {
  await page.getByTestId(ids.menu).click();
  await page.getByTestId(ids.format(format)).click();
}

async function download(page: Page, format: string): Promise<{ download: Download; bytes: Buffer }> {
  const [file] = await Promise.all([page.waitForEvent('download'), choose(page, format)]);
  return { download: file, bytes: await readFile(await file.path()) };
}

const inLoki = (query: EntryQuery, range = viewRange()) => readTrail(site.parts, site.tenant, { query, range });

function viewRange() {
  const [start = 0, end = 0] = ['from', 'to'].map((name) => Date.parse(history.range.get(name) ?? ''));
  return { start: msToNs(start), end: msToNs(end + 1) };
}

const exportEntries = () =>
  inLoki(
    { filters: [{ field: 'action', operator: 'is', values: ['audit.export.downloaded'] }] },
    { start: msToNs(Date.now() - 3_600_000), end: msToNs(Date.now() + 60_000) },
  );

async function waitForExportEntry(name: string): Promise<TrailLine> {
  for (const deadline = Date.now() + 15_000; Date.now() < deadline;) {
    const found = (await exportEntries()).find(({ entry }) => entry?.target?.name === name);
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`the log has no entry about ${name}`);
}

const OF_BOB: EntryQuery = { filters: [{ field: 'email', operator: 'is', values: ['bob@example.com'] }] };

test('CSV of a filtered view has the rows of Loki, and its export is in the log under the name that Grafana states', async () => {
  const page = await openView({ user: 'bob@example.com' });
  const { download: file, bytes } = await download(page, 'csv');
  expect(file.suggestedFilename()).toMatch(/^audit-log-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ-filtered\.csv$/);
  await page.getByTestId(ids.done).waitFor();
  await screenshot(page, 'page-export-done');
  const rows: Record<string, string>[] = parse(bytes, { bom: true, columns: true, record_delimiter: '\r\n' });
  const lines = await inLoki(OF_BOB);
  expect(lines.length).toBeGreaterThan(10);
  expect(rows.map(({ id }) => id)).toEqual(lines.map(({ entry }) => entry?.id));
  expect(rows.map(({ description }) => description)).toEqual(lines.map(({ entry }) => entry?.description));
  // The visible columns, and those of every file.
  expect(Object.keys(rows[0] ?? {})).toEqual(expect.arrayContaining(['id', 'ip', 'changes']));
  expect(rows.map(({ ip }) => ip)).toEqual(lines.map(({ entry }) => entry?.source?.ip ?? ''));
  expect(rows[0]).not.toHaveProperty('method');
  expect(rows.map(({ changes }) => changes && (JSON.parse(changes) as unknown))).toEqual(
    lines.map(({ entry }) => entry?.changes ?? ''),
  );
  const own = await waitForExportEntry(file.suggestedFilename());
  expect(own.entry).toMatchObject({
    description: 'Audit log export downloaded',
    actor: { type: 'user', email: site.people.admin.email, name: site.people.admin.name },
    properties: {
      formats: ['csv'],
      filters: [{ field: 'email', operator: 'is', values: ['bob@example.com'] }],
      rows: lines.length,
      files: [{ bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }],
    },
  });
  expect(browser.errors()).toEqual([]);
});

test('JSON and NDJSON have the entries of Loki', async () => {
  const page = await openView();
  const lines = await inLoki({});
  expect(lines).toHaveLength(history.entries.length);
  const json = await download(page, 'json');
  const { entries, exported_at } = JSON.parse(json.bytes.toString('utf8')) as {
    exported_at: string;
    entries: Record<string, unknown>[];
  };
  expect(Date.parse(exported_at)).toBeGreaterThan(Date.now() - 60_000);
  expect(
    entries.map(({ subject, ...rest }) => ({ ...rest, ...(subject !== undefined && { target: subject }) })),
  ).toEqual(lines.map(({ line }) => JSON.parse(line) as unknown));
  const ndjson = await download(page, 'ndjson');
  expect(ndjson.bytes.toString('utf8')).toBe(lines.map(({ line }) => `${line}\n`).join(''));
});

test('a file that is too large for memory is written to disk while it is read, if the browser can', async () => {
  const page = await openView();
  // Fakes a large count, and replaces the browser's dialog, which tests cannot use, by a file in private storage.
  await page.route(/\/loki\/api\/v1\/query\?/, (route) =>
    route.fulfill({ json: { data: { resultType: 'vector', result: [{ metric: {}, value: [0, '5000000'] }] } } }),
  );
  await page.evaluate(() => {
    Object.assign(window, {
      showSaveFilePicker: async ({ suggestedName }: { suggestedName: string }) =>
        (await navigator.storage.getDirectory()).getFileHandle(suggestedName, { create: true }),
    });
  });
  await choose(page, 'ndjson');
  await page.getByTestId(ids.tooLarge).waitFor();
  await screenshot(page, 'page-export-too-large');
  await page.getByTestId(ids.save).click();
  await page.getByTestId(ids.done).waitFor();
  const saved = await page.evaluate(async () => {
    const files: string[] = [];
    for await (const handle of (await navigator.storage.getDirectory()).values()) {
      files.push(await (await (handle as FileSystemFileHandle).getFile()).text());
    }
    return files;
  });
  expect(saved).toEqual([(await inLoki({})).map(({ line }) => `${line}\n`).join('')]);
});

test('a running export shows its progress and can be cancelled, without a file or an entry', async () => {
  const page = await openView();
  const before = (await exportEntries()).length;
  let downloads = 0;
  page.on('download', () => (downloads += 1));
  await page.route(/query_range\?.*limit=2000/, () => {});
  await choose(page, 'csv');
  await page.getByText(`0 of ${history.entries.length} entries`).waitFor();
  await screenshot(page, 'page-export-running');
  expect(await seriousProblems(page, `[data-testid="${testIds.page.container}"]`)).toEqual([]);
  await page.getByTestId(ids.cancel).click();
  await page.getByTestId(ids.progress).waitFor({ state: 'detached' });
  await page.waitForTimeout(1_000);
  expect(downloads).toBe(0);
  expect(await exportEntries()).toHaveLength(before);
});

testInHost('it stops the collector')(
  'if the collector is down, there is no file, and the page shows the remedy',
  async () => {
    const page = await openView();
    let downloads = 0;
    page.on('download', () => (downloads += 1));
    await site.stack!.collector.kill();
    try {
      await choose(page, 'json');
      const failed = page.getByTestId(ids.failed);
      await failed.waitFor();
      expect(await failed.innerText()).toContain('No file was created');
      expect(await failed.innerText()).toContain('Check that the collector is running');
      await screenshot(page, 'page-export-refused');
      expect(downloads).toBe(0);
    } finally {
      await site.stack!.collector.start();
    }
    const { bytes } = await download(page, 'json');
    expect((JSON.parse(bytes.toString('utf8')) as { entries: unknown[] }).entries).toHaveLength(history.entries.length);
    expect(browser.errors(/502/)).toEqual([]);
  },
);
