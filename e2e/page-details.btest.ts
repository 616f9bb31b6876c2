import { setTimeout } from 'node:timers/promises';
import { findEntry, httpLokiClient, msToNs, type AuditEntry } from '@auditrail/core';
import { sendEntries, testEntry } from '@auditrail/stack/testing';
import { testIds } from '../grafana-plugin/src/components/testIds.ts';
import { Chain, lineHash } from '../sdk/src/chain.ts';
import { canonicalJson } from '@auditrail/core';
import { seriousProblems } from './accessibility.ts';
import { openBrowser, screenshot, type TestBrowser } from './browser.ts';
import { openHost, type Site } from './sites.ts';

// The details of an entry, and one entry alone, in a browser on a real Loki.
const { details, entryPage, table } = testIds;
const DAY_MS = 86_400_000;
const HTML = '<img src=x onerror="window.hacked=1">';

let browser: TestBrowser;
let site: Site;
let chained: AuditEntry[];
let forged: AuditEntry[];
const imported = testEntry({ description: 'Imported history' }, { msAgo: 100 * DAY_MS });
const marked = testEntry({
  description: HTML,
  source: { ip: '10.9.8.7' },
  changes: [{ path: 'note', before: `a quiet ${HTML}`, after: `a busy ${HTML}` }],
});

function chainOf(count: number, changed?: number): AuditEntry[] {
  const chain = new Chain(`stream-${count}-${changed}`);
  return Array.from({ length: count }, (_, i) => {
    const entry: AuditEntry = { ...testEntry({ description: `Link ${i + 1}` }), chain: chain.next() };
    chain.advance(lineHash(canonicalJson(entry)));
    return i + 1 === changed ? { ...entry, description: 'Nothing happened' } : entry;
  });
}

beforeAll(async () => {
  browser = await openBrowser();
  site = await openHost();
  chained = chainOf(6);
  forged = chainOf(6, 3);
  const all = [imported, marked, ...chained, ...forged];
  await sendEntries(site.parts, site.tenant, all);
  const headers = { Authorization: `Bearer ${site.parts.tokens.read}` };
  const loki = httpLokiClient({ url: site.parts.urls.gateway, tenant: site.tenant, headers });
  const range = { start: msToNs(Date.now() - 200 * DAY_MS), end: msToNs(Date.now() + DAY_MS / 48) };
  for (const { id } of [all.at(-1)!, imported]) while (!(await findEntry(loki, id, { range }))) await setTimeout(200);
}, 300_000);
afterAll(async () => {
  await browser.close();
  await site.stop();
});
afterEach(() => browser.closePages());

async function openAlone(id: string) {
  const page = await browser.newPage();
  await site.login(page, 'admin');
  await page.goto(`${site.pageUrl}?entry=${id}`);
  return page;
}

test('an entry whose time is a hundred days before its id is found by its address', async () => {
  const page = await openAlone(imported.id);
  await page.getByRole('heading', { name: 'Imported history' }).waitFor();
  await page.getByTestId(entryPage.around).getByRole('link', { name: '± 1 hour' }).click();
  await page.getByTestId(table.row).waitFor();
  expect(await page.getByTestId(table.row).count()).toBe(1);
  expect(browser.errors()).toEqual([]);
});

test('what is not there says why', async () => {
  const page = await openAlone('019a8f3e-7a10-7000-8000-000000000001');
  await page.getByTestId(entryPage.notFound).waitFor();
  await screenshot(page, 'entry-not-found');
});

test.each([
  ['holds', () => chained[2]!],
  ['broken', () => forged[2]!],
  ['unchained', () => marked],
])('the chain around an entry: %s', async (state, entry) => {
  const page = await openAlone(entry().id);
  await page.locator(`[data-testid="${details.integrity}"][data-state="${state}"]`).waitFor();
  await screenshot(page, `entry-${state}`);
  expect(browser.errors()).toEqual([]);
});

test('text like HTML stays text, what differs is marked, what is around is counted, axe finds nothing serious', async () => {
  const page = await openAlone(marked.id);
  const changes = page.getByTestId(details.changes);
  await changes.locator('del', { hasText: 'quiet' }).waitFor();
  expect(await changes.innerText()).toContain(HTML);
  await page.getByText('1 entry', { exact: true }).first().waitFor();
  expect(await page.evaluate(() => 'hacked' in window)).toBe(false);
  expect(await seriousProblems(page, `[data-testid="${entryPage.container}"]`)).toEqual([]);
});
