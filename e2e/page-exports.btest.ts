import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Download, Page } from 'playwright-core';
import { fromBufferPromise } from 'yauzl';
import { msToNs, type AuditEntry } from '@auditrail/core';
import { type EntryQuery, type TimeRange } from '@auditrail/core/query';
import { readTrail } from '@auditrail/stack/testing';
import { testIds } from '../grafana-plugin/src/components/testIds.ts';
import { seriousProblems } from './accessibility.ts';
import { screenshot } from './browser.ts';
import { pageTests, seededHistory, testInHost } from './page-tests.ts';
import { GRAFANA_URL, PLUGIN_ID } from './sites.ts';

const { table, instantExport: menu, backgroundExports: ids } = testIds;

const { browser, site, openPage } = pageTests({ keeper: true });
const history = seededHistory(site);

const openView = (more: Record<string, string> = {}, role: 'admin' | 'viewer' = 'admin') =>
  openPage(new URLSearchParams([...history.range, ...Object.entries(more)]), role);

/** Starts an export of the view in these formats with the dialog. */
async function start(page: Page, name: string, formats: string[] = [], onDialog?: () => Promise<void>): Promise<void> {
  await page.getByTestId(menu.menu).click();
  await page.getByTestId(menu.background).click();
  await page.getByTestId(ids.name).fill(name);
  for (const format of formats) await page.getByTestId(ids.dialog).getByText(format, { exact: true }).click();
  await onDialog?.();
  await page.getByTestId(ids.start).click();
  await page.getByTestId(ids.dialog).waitFor({ state: 'detached' });
}

// Makes names unique: a Grafana's list may have exports of other runs.
const run = Date.now().toString(36);
const BOBS = `Bob's {{name}} & co ${run}`;
const PRICES = `Prices of tea ${run}`;

const rowOf = (page: Page, name: string) => page.getByTestId(ids.row).filter({ hasText: name });
const status = (page: Page, name: string, words: RegExp) =>
  rowOf(page, name).getByTestId(ids.status).filter({ hasText: words }).first().waitFor({ timeout: 30_000 });

async function contentOf(download: Download): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const zip = await fromBufferPromise(await readFile(await download.path()), { lazyEntries: true });
  for await (const entry of zip.eachEntry()) {
    const chunks: Buffer[] = [];
    for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
    files.set(entry.fileName, Buffer.concat(chunks));
  }
  return files;
}

const inLoki = (query: EntryQuery, range: TimeRange) => readTrail(site.parts, site.tenant, { query, range });

function viewRange() {
  const [start = 0, end = 0] = ['from', 'to'].map((name) => Date.parse(history.range.get(name) ?? ''));
  return { start: msToNs(start), end: msToNs(end) };
}

/** The entries about an export, in the order of their names. */
async function entriesAbout(name: string, count: number): Promise<AuditEntry[]> {
  const query: EntryQuery = { filters: [{ field: 'targetName', operator: 'is', values: [name] }] };
  for (const deadline = Date.now() + 15_000; ;) {
    const range = { start: msToNs(Date.now() - 3_600_000), end: msToNs(Date.now() + 60_000) };
    const entries = (await inLoki(query, range)).flatMap(({ entry }) => entry ?? []);
    if (entries.length >= count || Date.now() > deadline) return entries.sort((a, b) => (a.action < b.action ? -1 : 1));
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

test('a background export is started, downloaded with the lines of Loki and deleted, each recorded under the name of the user', async () => {
  const name = 'Bob <img src=x onerror="window.hacked=1"> & co';
  const page = await openView({ email: 'bob@example.com' });
  await page.getByTestId(table.row).first().waitFor();
  // An invalid name is refused with a message.
  await page.getByTestId(menu.menu).click();
  await page.getByTestId(menu.background).click();
  await page.getByTestId(ids.name).fill(name);
  await page.getByTestId(ids.start).click();
  await page.getByTestId(ids.error).filter({ hasText: 'name: must have 1 to 120 characters' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByTestId(ids.dialog).waitFor({ state: 'detached' });

  await start(page, BOBS, ['CSV'], async () => {
    await page.getByTestId(ids.words).getByText('User email is bob@example.com').waitFor();
    await page.getByText('Files can be downloaded for 7 days').waitFor();
    await screenshot(page, 'exports-dialog');
    expect(await seriousProblems(page, `[data-testid="${ids.dialog}"]`)).toEqual([]);
  });
  const row = rowOf(page, BOBS);
  await status(page, BOBS, /Completed.*until/);
  expect(await row.innerText()).toContain('User email is bob@example.com');
  expect(await row.innerText()).toContain(site.people.admin.name);
  await screenshot(page, 'exports-completed');

  const lines = await inLoki(
    { filters: [{ field: 'email', operator: 'is', values: ['bob@example.com'] }] },
    viewRange(),
  );
  const [file] = await Promise.all([page.waitForEvent('download'), row.getByTestId(ids.download('ndjson')).click()]);
  expect(file.suggestedFilename()).toMatch(/^Bob.*\.ndjson\.zip$/);
  const files = [...(await contentOf(file))];
  const [, ndjson = Buffer.alloc(0)] = files.find(([each]) => each.endsWith('.ndjson')) ?? [];
  expect(ndjson.toString('utf8')).toBe(lines.map(({ line }) => `${line}\n`).join(''));
  expect(lines.length).toBeGreaterThan(10);
  const sha256 = createHash('sha256').update(ndjson).digest('hex');
  const [, manifest] = files.find(([each]) => each.endsWith('.manifest.json')) ?? [];
  expect(String(manifest)).toContain(sha256);

  // The visible columns, and those of every file.
  const [sheet] = await Promise.all([page.waitForEvent('download'), row.getByTestId(ids.download('csv')).click()]);
  const [, csv = Buffer.alloc(0)] = [...(await contentOf(sheet))].find(([each]) => each.endsWith('.csv')) ?? [];
  const [head = ''] = csv.toString('utf8').split('\r\n');
  expect(head).toContain(',subject_name,ip,timestamp_stored,changes,properties,');

  await row.getByTestId(ids.remove).click();
  await page.getByText(`The files of "${BOBS}" will be permanently deleted`).waitFor();
  await screenshot(page, 'exports-delete');
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await row.waitFor({ state: 'detached' });

  const entries = await entriesAbout(BOBS, 4);
  expect(entries.map(({ action }) => action)).toEqual([
    'audit.export.created',
    'audit.export.deleted',
    'audit.export.downloaded',
    'audit.export.downloaded',
  ]);
  for (const { actor } of entries) {
    expect(actor).toMatchObject({ type: 'user', name: site.people.admin.name, email: site.people.admin.email });
  }
  expect(entries.slice(2).map(({ properties }) => properties)).toContainEqual(
    expect.objectContaining({
      ...{ formats: ['ndjson'], rows: lines.length },
      files: [expect.objectContaining({ sha256 })],
    }),
  );
  expect(await page.evaluate(() => 'hacked' in window)).toBe(false);
  expect(browser.errors(/400/)).toEqual([]);
}, 90_000);

testInHost("it interrupts the keeper's connection to Loki")(
  'progress is shown while Loki is down; an export can be cancelled and run again',
  async () => {
    const page = await openView();
    await page.getByTestId(table.row).first().waitFor();
    site.keeperReads!.fail(() => ({ status: 503 }));
    try {
      await start(page, 'Long one');
      await status(page, 'Long one', /Running 0 %/);
      await screenshot(page, 'exports-running');
      await rowOf(page, 'Long one').getByTestId(ids.cancel).click();
      await status(page, 'Long one', /Cancelled/);
      await rowOf(page, 'Long one').getByTestId(ids.rerun).click();
      await page.getByTestId(ids.status).filter({ hasText: 'Running' }).first().waitFor();
    } finally {
      site.keeperReads!.fail();
    }
    await status(page, 'Long one', /Completed/);
    expect(await rowOf(page, 'Long one').count()).toBe(2);
  },
  90_000,
);

test('the page of exports fits all widths, light and dark', async () => {
  const page = await openView({ q: 'price', outcome: 'success', 'action!': 'user.login' });
  await page.getByTestId(table.row).first().waitFor();
  await start(page, PRICES, ['CSV', 'JSON', 'CEF', 'OCSF', 'ECS']);
  await status(page, PRICES, /Completed/);
  for (const width of [1024, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    await screenshot(page, `exports-section-${width}`);
  }
  await page.getByTestId(ids.all).click();
  await page.getByTestId(ids.page).getByTestId(ids.row).first().waitFor();
  expect(new URL(page.url()).pathname).toBe(`/a/${PLUGIN_ID}/exports`);
  expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Audit log exports');
  expect(await rowOf(page, PRICES).innerText()).toContain('Search “price”');
  expect(await seriousProblems(page, `[data-testid="${ids.page}"]`)).toEqual([]);
  for (const theme of ['dark', 'light'] as const) {
    await site.show(browser.context, { theme });
    for (const width of [1024, 1440]) {
      await page.setViewportSize({ width, height: 900 });
      await page.reload();
      await page.getByTestId(ids.row).first().waitFor();
      const [wide = 0, seen = 0] = await page.evaluate(() => [
        document.documentElement.scrollWidth,
        document.documentElement.clientWidth,
      ]);
      expect(wide).toBeLessThanOrEqual(seen);
      await screenshot(page, `exports-page-${theme}-${width}`);
    }
  }
  expect(browser.errors()).toEqual([]);
}, 90_000);

testInHost('it stops the collector')(
  'if the collector is down, nothing is downloaded, and the page shows the reason',
  async () => {
    const page = await openView();
    await page.getByTestId(table.row).first().waitFor();
    await start(page, 'Before');
    await status(page, 'Before', /Completed/);
    let downloads = 0;
    page.on('download', () => (downloads += 1));
    await site.stack!.collector.kill();
    try {
      await rowOf(page, 'Before').getByTestId(ids.download('ndjson')).click();
      const error = page.getByTestId(ids.error).filter({ hasText: 'could not be written, so nothing was done' });
      await error.waitFor({ timeout: 20_000 });
      await screenshot(page, 'exports-refused');
      expect(downloads).toBe(0);
    } finally {
      await site.stack!.collector.start();
    }
  },
  90_000,
);

test('a viewer is refused by the page and by the route', async () => {
  const page = await openView({}, 'viewer');
  const { origin } = new URL(site.pageUrl);
  const route = `${origin}/api/plugin-proxy/${PLUGIN_ID}/keeper/v1/exports`;
  for (const [method, path] of [
    ['GET', ''],
    ['POST', ''],
    ['DELETE', '/01930000-0000-7000-8000-000000000001'],
  ] as const) {
    expect((await page.request.fetch(route + path, { method })).status()).toBe(403);
  }
  await page.goto(`${site.pageUrl}/exports`);
  // Grafana redirects viewers to its home page.
  await (GRAFANA_URL ? page.waitForURL(`${GRAFANA_URL}/`) : page.getByTestId(testIds.page.forbidden).waitFor());
  expect(await page.getByTestId(ids.page).count()).toBe(0);
});

testInHost('it stops the keeper')('a keeper that is down or not configured is reported with the remedy', async () => {
  const page = await openView();
  await page.getByTestId(table.row).first().waitFor();
  await site.keeper!.stop();
  await page.goto(`${site.pageUrl}/exports`);
  await page.getByTestId(ids.error).filter({ hasText: 'Check that auditrail serve is running' }).waitFor();
  await screenshot(page, 'exports-keeper-down');

  const { origin } = new URL(site.pageUrl);
  const settings = `${origin}/api/plugins/${PLUGIN_ID}/settings`;
  const { jsonData } = (await (await page.request.get(settings)).json()) as { jsonData: Record<string, unknown> };
  const saved = await page.request.post(settings, { data: { jsonData: { ...jsonData, backgroundExports: false } } });
  expect(saved.ok()).toBe(true);
  await page.goto(`${site.pageUrl}?${history.range}`);
  const notice = page.getByTestId(ids.notConfigured);
  await notice.getByText('Start auditrail serve').waitFor();
  expect(await notice.getByRole('link').getAttribute('href')).toBe(`/plugins/${PLUGIN_ID}`);
  await screenshot(page, 'exports-not-configured');
  await page.getByTestId(menu.menu).click();
  expect(await page.getByTestId(menu.background).count()).toBe(0);
  expect(browser.errors(/502/)).toEqual([]);
});
