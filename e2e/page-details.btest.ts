import { setTimeout } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { canonicalJson, msToNs, type AuditEntry } from '@auditrail/core';
import { findEntries, httpLokiClient } from '@auditrail/core/loki';
import { sendEntries, testEntry } from '@auditrail/stack/testing';
import { testIds } from '../grafana-plugin/src/components/testIds.ts';
import { Chain, lineHash } from '../sdk/src/chain/chain.ts';
import { seriousProblems } from './accessibility.ts';
import { screenshot } from './browser.ts';
import { pageTests } from './page-tests.ts';
import { GRAFANA_URL, PLUGIN_ID } from './sites.ts';

// The details of an entry, and the page of one entry, in a browser with a real Loki.
const { details, entryPage, page: onPage, table } = testIds;
const DAY_MS = 86_400_000;
const HTML = '<img src=x onerror="window.hacked=1">';

// As in provisioning/grafana. The host only has their names, which is enough for links.
const LOKI = { uid: 'auditrail-loki', type: 'loki' };
const TEMPO = { uid: 'auditrail-tempo', type: 'tempo' };
const datasources = [
  { ...LOKI, name: 'Audit log' },
  { ...TEMPO, name: 'Traces' },
];

// Makes texts, ids and e-mail addresses unique: a Grafana's tenant may have entries of other runs.
const run = Date.now().toString(36);
const imported = testEntry({ description: `Imported history ${run}` }, { msAgo: 100 * DAY_MS });
const old: AuditEntry = withIdOfItsTime(testEntry({ description: 'Long ago' }, { msAgo: 200 * DAY_MS }));
const email = `steps-${run}@example.com`;
const source = { ip: '10.20.30.40', sessionId: `session-${run}` };
const trace = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
const steps = Array.from({ length: 12 }, (_, i) =>
  testEntry({ description: `Step ${i}`, actor: { type: 'user', email }, source, ...(i === 11 && { trace }) }),
);
const marked = testEntry({
  description: HTML,
  source: { ip: '10.9.8.7' },
  changes: [{ path: 'note', before: `a quiet ${HTML}`, after: `a busy ${HTML}` }],
});

// Bidirectional overrides, zero-width spaces, and right-to-left names.
const RLO = '\u202e';
const hidden = testEntry({
  description: `Made user${RLO}resu an ad\u200bmin ${run}`,
  actor: { type: 'user', id: '7', name: 'דנה כהן', email: 'dana@example.com' },
  target: { type: 'role', id: `x${RLO}y`, name: `invoice${RLO}fdp.exe` },
  scope: { [`tier`]: `gold${RLO}dlog` },
  outcome: 'failure',
  error: { code: 'E1', message: `no${RLO}on` },
  changes: [{ path: `role${RLO}elor`, before: `user${RLO}`, after: `admin\u200b and more` }],
  properties: { note: `a${RLO}b` },
});

function chainOf(count: number, changed?: number): AuditEntry[] {
  const chain = new Chain(`stream-${run}-${changed}`);
  return Array.from({ length: count }, (_, i) => {
    const entry: AuditEntry = { ...testEntry({ description: `Link ${i + 1}` }), chain: chain.next() };
    chain.advance(lineHash(canonicalJson(entry)));
    return i + 1 === changed ? { ...entry, description: 'Nothing happened' } : entry;
  });
}

/** Gives an entry an id of its time, as if it was recorded at that time. */
function withIdOfItsTime(entry: AuditEntry): AuditEntry {
  const ms = Date.parse(entry.time).toString(16).padStart(12, '0');
  return { ...entry, id: `${ms.slice(0, 8)}-${ms.slice(8)}${entry.id.slice(13)}` };
}

const { browser, site, openPage } = pageTests({ datasources });

let chained: AuditEntry[];
let forged: AuditEntry[];
beforeAll(async () => {
  chained = chainOf(6);
  forged = chainOf(6, 3);
  const all = [old, imported, marked, hidden, ...steps, ...chained, ...forged];
  await sendEntries(site.parts, site.tenant, all);
  const headers = { Authorization: `Bearer ${site.parts.tokensFor(site.tenant).read}` };
  const loki = httpLokiClient({ url: site.parts.urls.gateway, tenant: site.tenant, headers });
  const range = { start: msToNs(Date.now() - 300 * DAY_MS), end: msToNs(Date.now() + DAY_MS / 48) };
  for (const { id } of [all.at(-1)!, imported, old])
    while ((await findEntries(loki, id, { range }).next()).done) await setTimeout(200);
}, 300_000);

const openEntry = (id: string) => openPage(new URLSearchParams({ entry: id }));

test('an entry whose time is a hundred days before that of its id is found by its URL', async () => {
  const page = await openEntry(imported.id);
  await page.getByRole('heading', { name: imported.description }).waitFor();
  await page.getByTestId(entryPage.around).getByRole('link', { name: '± 1 hour' }).click();
  await page.getByTestId(table.row).getByText(imported.description).waitFor();
  expect(browser.errors()).toEqual([]);
});

test('an old entry is found by its URL', async () => {
  const page = await openEntry(old.id);
  await page.getByRole('heading', { name: 'Long ago' }).waitFor();
  expect(await page.getByTestId(details.newer).count()).toBe(0);
  expect(browser.errors()).toEqual([]);
});

test('the page of an unknown entry explains possible reasons', async () => {
  const page = await openEntry('019a8f3e-7a10-7000-8000-000000000001');
  await page.getByTestId(entryPage.notFound).waitFor();
  await screenshot(page, 'entry-not-found');
});

test.each([
  ['holds', () => chained[2]!],
  ['broken', () => forged[2]!],
  ['unchained', () => marked],
])('the chain around an entry: %s', async (state, entry) => {
  const page = await openEntry(entry().id);
  await page.locator(`[data-testid="${details.integrity}"][data-state="${state}"]`).waitFor();
  await screenshot(page, `entry-${state}`);
  expect(browser.errors()).toEqual([]);
});

test('HTML stays text, differences are marked, related entries are counted, no serious accessibility problems', async () => {
  const page = await openEntry(marked.id);
  const changes = page.getByTestId(details.changes);
  await changes.locator('del', { hasText: 'quiet' }).waitFor();
  expect(await changes.innerText()).toContain(HTML);
  await page
    .getByTestId(details.around)
    .getByText(/^\d+ entr(y|ies)$/)
    .first()
    .waitFor();
  expect(await page.evaluate(() => 'hacked' in window)).toBe(false);
  expect(await seriousProblems(page, `[data-testid="${entryPage.container}"]`)).toEqual([]);
});

test('invisible characters are marked, and no value reorders the text next to it', async () => {
  const page = await openEntry(hidden.id);
  const all = page.getByTestId(entryPage.container);
  await all.getByTestId(details.changes).locator('ins', { hasText: 'and more' }).waitFor();
  const text = await all.innerText();
  for (const part of [`Made user⟨U+202E⟩resu an ad⟨U+200B⟩min ${run}`, 'invoice⟨U+202E⟩fdp.exe', 'gold⟨U+202E⟩dlog']) {
    expect(text).toContain(part);
  }
  expect(text).toContain('E1: no⟨U+202E⟩on');
  expect(text).toContain('role⟨U+202E⟩elor');
  // The JSON has the same value.
  expect(await page.getByTestId(details.json).innerText()).toContain('"note": "a\\u202eb"');
  // The characters themselves are not on the page: not in text, tooltips or labels.
  const html = await page.locator('main').evaluate((main) => main.outerHTML);
  expect(html).not.toMatch(/[\u202e\u200b]/);
  // The parts of a value keep their order, although the first is right-to-left.
  const order = await all.getByText('dana@example.com', { exact: true }).evaluate((mail) => {
    const parts = [...(mail.parentElement?.querySelectorAll('bdi') ?? [])];
    // The last one is on the next line.
    return parts.slice(0, 3).map((part) => part.getBoundingClientRect().left);
  });
  expect(order).toHaveLength(3);
  expect(order).toEqual([...order].sort((a, b) => a - b));
  await screenshot(page, 'entry-invisible');
  expect(await seriousProblems(page, `[data-testid="${entryPage.container}"]`)).toEqual([]);
  await page.goto(`${site.pageUrl}?${new URLSearchParams({ from: 'now-1h', to: 'now', q: `min ${run}` })}`);
  await rowAt(page, 0).getByText('⟨U+202E⟩').first().waitFor();
  await screenshot(page, 'page-invisible');
  expect(await page.getByTestId(table.container).evaluate((rows) => rows.outerHTML)).not.toMatch(/[\u202e\u200b]/);
  expect(browser.errors()).toEqual([]);
});

const rowAt = (page: Page, index: number) => page.locator(`[data-index="${index}"]`);

async function openList(prepare?: (page: Page) => Promise<unknown>): Promise<Page> {
  const page = await openPage(new URLSearchParams({ from: 'now-1h', to: 'now', user: email }), 'admin', prepare);
  await rowAt(page, steps.length - 1).waitFor();
  return page;
}

test('in a row of the list: Older and Newer move through the list, by pointer and keyboard', async () => {
  const page = await openList();
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute('data-testid'));
  const buttonOf = (index: number, id: string) => rowAt(page, index).getByTestId(id);
  const y = async (index: number, id: string) => (await buttonOf(index, id).boundingBox())!.y;
  await rowAt(page, 0).getByTestId(table.expand).click();
  await buttonOf(0, details.older).waitFor();
  expect(await buttonOf(0, details.newer).isDisabled()).toBe(true);
  const before = await y(0, details.older);
  await buttonOf(0, details.older).click();
  await buttonOf(1, details.older).waitFor();
  expect(await page.getByTestId(details.container).count()).toBe(1);
  expect(await rowAt(page, 1).getByTestId(details.container).innerText()).toContain('Step 10');
  // The button stays under the pointer. At the first row the list cannot scroll far enough, so it may move by a row.
  expect(Math.abs((await y(1, details.older)) - before)).toBeLessThanOrEqual(60);
  for (const index of [2, 3, 4]) {
    const there = await y(index - 1, details.older);
    await page.keyboard.press('Enter');
    await buttonOf(index, details.older).waitFor();
    expect(await focused()).toBe(details.older);
    expect(Math.abs((await y(index, details.older)) - there)).toBeLessThanOrEqual(2);
  }
  await buttonOf(4, details.newer).click();
  await buttonOf(3, details.newer).waitFor();
  expect(await focused()).toBe(details.newer);
  for (let index = 3; index < steps.length - 1; index++) await buttonOf(index, details.older).click();
  const last = steps.length - 1;
  await buttonOf(last, details.newer).waitFor();
  expect(await buttonOf(last, details.older).isDisabled()).toBe(true);
  // At the end only Newer can be focused.
  expect(await focused()).toBe(details.newer);
  await screenshot(page, 'entry-in-row');
  expect(browser.errors()).toEqual([]);
});

test('in a row of the list: related entries of the view are counted and linked', async () => {
  const page = await openList();
  await rowAt(page, 3).getByTestId(table.expand).click();
  const around = rowAt(page, 3).getByTestId(details.around);
  const session = around.getByRole('link', { name: `session-${run}. 12 entries` });
  await session.waitFor();
  await around.getByRole('link', { name: `${email}. 12 entries` }).waitFor();
  await session.click();
  await page.locator(`[role="grid"][aria-busy="false"][aria-rowcount="${steps.length + 1}"]`).waitFor();
  expect(new URL(page.url()).searchParams.get('sessionId')).toBe(`session-${run}`);
  expect(browser.errors()).toEqual([]);
});

test('the stored line of an entry and its URL can be copied', async () => {
  await browser.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const page = await openList();
  const copied = () => page.evaluate(() => navigator.clipboard.readText());
  const row = rowAt(page, 0);
  await row.getByTestId(table.expand).click();
  await row.getByRole('radio', { name: 'Raw line' }).dispatchEvent('click');
  await row.getByTestId(details.copy).click();
  expect(await copied()).toBe(canonicalJson(steps.at(-1)));
  await row.getByTestId(details.copyLink).click();
  const link = new URL(await copied());
  expect(link.searchParams.get('entry')).toBe(steps.at(-1)!.id);
  await page.goto(link.href);
  await page.getByRole('heading', { name: 'Step 11' }).waitFor();
});

const paneOf = (href: string | null) => {
  const url = new URL(href ?? '', site.pageUrl);
  return { path: url.pathname, ...(JSON.parse(url.searchParams.get('panes') ?? '{}') as { a?: unknown }) };
};

/** Overrides settings of the app for a page. */
const configured = (page: Page, settings: object) =>
  page.route(`**/api/plugins/${PLUGIN_ID}/settings`, async (route) => {
    const response = await route.fetch();
    const meta = (await response.json()) as { jsonData: object };
    await route.fulfill({ json: { ...meta, jsonData: { ...meta.jsonData, ...settings } } });
  });

test('"View trace" opens the trace in the configured data source', async () => {
  const page = await openList((tab) => configured(tab, { tracesDatasourceUid: TEMPO.uid, datasourceUid: '' }));
  await rowAt(page, 0).getByTestId(table.expand).click();
  const { path, a } = paneOf(await rowAt(page, 0).getByTestId(details.trace).getAttribute('href'));
  const time = Date.parse(steps.at(-1)!.time);
  expect([path, a]).toEqual([
    '/explore',
    {
      datasource: TEMPO.uid,
      queries: [{ refId: 'A', datasource: TEMPO, query: trace.traceId, queryType: 'traceql' }],
      range: { from: String(time - 3_600_000), to: String(time + 3_600_000) },
    },
  ]);
  // The guarded route has no data source: the details explain it, and there is no link in the page header.
  const explore = rowAt(page, 0).getByTestId(details.explore);
  expect(await explore.getAttribute('aria-label')).toContain('guarded route');
  expect(await page.getByTestId(onPage.explore).count()).toBe(0);
});

test('"Open in Explore", in the details and in the page header, has the query of the view', async () => {
  const queries: URLSearchParams[] = [];
  const page = await openList(async (tab) => {
    await configured(tab, { source: 'datasource', datasourceUid: LOKI.uid });
    tab.on('request', (request) => {
      const url = new URL(request.url());
      if (url.pathname.endsWith(`/${LOKI.uid}/resources/query_range`)) queries.push(url.searchParams);
    });
    if (GRAFANA_URL) return;
    // The host has no data sources: their requests are sent through the route.
    await tab.route(`**/api/datasources/uid/${LOKI.uid}/resources/**`, (route) =>
      route.continue({
        url: route
          .request()
          .url()
          .replace(`/datasources/uid/${LOKI.uid}/resources/`, `/plugin-proxy/${PLUGIN_ID}/loki/api/v1/`),
      }),
    );
  });
  // The page drops labels that would make each entry a stream of its own, but Explore needs them.
  const query = queries.find((params) => !params.has('step'))?.get('query');
  const expr = query?.replace(/ \| keep audit_channel$/, '');
  // The query ignores case: each letter of the email is a class such as [aA].
  expect(expr?.replace(/\[(.)[^\]]\]/g, '$1').replaceAll('\\\\.', '.')).toContain(email);
  const expected = {
    datasource: LOKI.uid,
    queries: [{ refId: 'A', datasource: LOKI, expr, queryType: 'range' }],
    range: { from: 'now-1h', to: 'now' },
  };
  const head = page.getByTestId(onPage.explore);
  expect(paneOf(await head.getAttribute('href'))).toEqual({ path: '/explore', a: expected });
  await rowAt(page, 0).getByTestId(table.expand).click();
  const inRow = rowAt(page, 0).getByTestId(details.explore);
  expect(paneOf(await inRow.getAttribute('href'))).toEqual({ path: '/explore', a: expected });
  await screenshot(page, 'explore-links');
});
