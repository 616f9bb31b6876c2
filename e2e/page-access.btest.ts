import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { uuidv7 } from 'uuidv7';
import { completeEntry, msToNs, otlpLogs, type AuditEntry } from '@auditrail/core';
import { readTrail } from '@auditrail/stack/testing';
import { testIds } from '../grafana-plugin/src/components/testIds.ts';
import { seriousProblems } from './accessibility.ts';
import { screenshot } from './browser.ts';
import { pageTests, seededHistory, testInHost } from './page-tests.ts';
import { PLUGIN_ID, type Role } from './sites.ts';

const { page: onPage, table, details, personal, filters, views } = testIds;

/** The limit for the plugin's code until the first rows are shown. */
const FIRST_LOAD_BYTES = 150_000;

const { browser, site, openPage } = pageTests();
const history = seededHistory(site);

const openAs = (role: Role, more: Record<string, string> = {}) =>
  openPage(new URLSearchParams([...history.range, ...Object.entries(more)]), role);

const testOfReader = testInHost('Grafana OSS cannot assign a role of an app to users who are not Admins');

const EMAIL = /[a-z]+@example\.com/;
const ADDRESS = /10\.0\.0\.\d/;
const firstRow = (page: Page) => page.getByTestId(table.row).first();

/** All text of the page, including tooltips, labels and fields. Without links, which repeat the URL. */
const everything = (page: Page) =>
  page.evaluate(() => {
    const attributes = [...document.querySelectorAll('main *')].flatMap((one) =>
      [...one.attributes].filter(({ name }) => name !== 'href').map(({ value }) => value),
    );
    const fields = [...document.querySelectorAll('input, textarea')].map((one) => (one as HTMLInputElement).value);
    return [document.body.innerText, ...attributes, ...fields].join('\n');
  });

/** Opens the first entry's details. */
async function openFirst(page: Page): Promise<void> {
  await firstRow(page).waitFor();
  await page.getByTestId(table.expand).first().click();
  await page.getByTestId(details.container).first().waitFor();
}

async function askFor(page: Page, reason: string): Promise<void> {
  await page.getByTestId(personal.reason).fill(reason);
  await page.getByTestId(personal.confirm).click();
}

/** The reveals in the log, newest first. */
async function reveals(): Promise<AuditEntry[]> {
  const range = { start: msToNs(Date.now() - 3_600_000), end: msToNs(Date.now() + 60_000) };
  const query = {
    filters: [{ field: 'action' as const, operator: 'is' as const, values: ['audit.personal_data.revealed'] }],
  };
  return (await readTrail(site.parts, site.tenant, { range, query })).flatMap(({ entry }) => entry ?? []);
}

async function waitForReveals(count: number): Promise<AuditEntry[]> {
  for (let tries = 0; tries < 100; tries++) {
    const found = await reveals();
    if (found.length >= count) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`the log does not have ${count} reveals`);
}

testInHost('it redirects viewers to its home page')(
  'a viewer sees the missing permission, whom to ask, and how to grant it',
  async () => {
    const page = await openAs('viewer');
    const notice = page.getByTestId(onPage.forbidden);
    await notice.waitFor();
    const text = await notice.innerText();
    const { login } = site.people.viewer;
    for (const part of [`${PLUGIN_ID}.entries:read`, login, 'Main Org.', 'administrators', 'Audit log reader']) {
      expect(text).toContain(part);
    }
    expect(await seriousProblems(page)).toEqual([]);
    await screenshot(page, 'access-viewer');
  },
);

test('an administrator sees personal data and no notice', async () => {
  const page = await openAs('admin', { action: 'user.login' });
  await openFirst(page);
  const text = await everything(page);
  expect(text).toMatch(EMAIL);
  expect(text).toMatch(ADDRESS);
  expect(await page.getByTestId(personal.notice).count()).toBe(0);
  expect(await page.getByTestId(personal.revealEntry).count()).toBe(0);
});

testOfReader('personal data is masked for a reader in rows, details, JSON and copied text', async () => {
  await browser.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const page = await openAs('reader', { action: 'user.login' });
  await openFirst(page);
  await page.getByTestId(personal.notice).waitFor();
  const text = await everything(page);
  expect(text).toContain('•••@example.com');
  expect(text).toContain('10.0.•.•');
  expect(text).not.toMatch(EMAIL);
  expect(text).not.toMatch(ADDRESS);
  expect(text).not.toContain('Test/1.0');
  expect(await seriousProblems(page, `[data-testid="${onPage.container}"]`)).toEqual([]);
  await page.getByTestId(details.copy).first().click();
  await page.waitForFunction(async () => (await navigator.clipboard.readText()) !== '');
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toContain('•••@example.com');
  expect(copied).not.toMatch(EMAIL);
  expect(copied).not.toMatch(ADDRESS);
  await screenshot(page, 'access-masked');
  expect(browser.errors()).toEqual([]);
});

testOfReader('personal data in the filters of a link is masked for a reader', async () => {
  const given = {
    user: 'bob@example.com',
    'user~': 'bob@ex',
    'ip!': '10.0.0.1',
    sessionId: 's-4711',
    'targetName~': 'ada@example.com',
    targetType: 'Product',
  };
  // Only filters that have results, to have rows to copy.
  const page = await openAs('reader', { user: given.user, 'ip!': given['ip!'] });
  await firstRow(page).waitFor();
  const hidden = /bob@|ada@|s-4711|10\.0\.0\.\d/;
  expect(await page.getByTestId(filters.edit).allInnerTexts()).toEqual([
    'User email is b•••@example.com',
    'IP address is not 10.0.•.•',
  ]);
  expect(await everything(page)).not.toMatch(hidden);
  expect(await page.title()).not.toMatch(hidden);

  await browser.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await firstRow(page).focus();
  await page.keyboard.press('Control+c');
  await page.waitForFunction(async () => (await navigator.clipboard.readText()).includes('\t'));
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toContain('10.0.•.•');
  expect(copied).not.toMatch(hidden);

  // "Related entries" has no links for masked values.
  await openFirst(page);
  expect(await everything(page)).not.toMatch(hidden);
  expect(await page.getByTestId(details.relation('ip')).count()).toBe(0);

  await page.goto(`${site.pageUrl}?${new URLSearchParams([...history.range, ...Object.entries(given)])}`);
  await page.getByTestId(table.empty).waitFor();
  const chips = page.getByTestId(filters.edit);
  expect(await chips.count()).toBe(6);
  for (let at = 0; at < 6; at++) {
    await chips.nth(at).click();
    await page.getByTestId(filters.editor).waitFor();
    expect(await everything(page)).not.toMatch(hidden);
    await page.keyboard.press('Escape');
    await page.getByTestId(filters.editor).waitFor({ state: 'detached' });
  }
  await page.getByTestId(views.menu).click();
  await page.getByTestId(views.manage).click();
  await page.getByTestId(views.name).fill('Of bob@example.com');
  await page.getByTestId(views.save).click();
  await page.getByTestId(views.menu).getByText('Of b•••@example.com').waitFor();
  expect(await everything(page)).not.toMatch(hidden);

  // A search for personal data works, but can only confirm a guess.
  await page.getByTestId(filters.clearAll).click();
  await page.getByTestId(filters.search).fill('bob@example.com');
  await page.waitForURL(/q=bob/);
  await firstRow(page).waitFor();
  expect(await page.getByTestId(table.container).innerText()).not.toMatch(hidden);
});

testOfReader('an entry is revealed after the reveal is in the log, under the name that Grafana states', async () => {
  const before = (await reveals()).length;
  const page = await openAs('reader', { action: 'user.login' });
  await openFirst(page);
  await page.getByTestId(personal.revealEntry).first().click();
  await page.getByTestId(personal.dialog).waitFor();
  await page.waitForTimeout(300);
  expect(await seriousProblems(page, '[role="dialog"]')).toEqual([]);
  await screenshot(page, 'access-reveal');
  await askFor(page, 'Case 4711');
  await page.getByTestId(personal.dialog).waitFor({ state: 'detached' });
  const json = await page.getByTestId(details.json).first().innerText();
  expect(json).toMatch(EMAIL);
  expect(json).toMatch(ADDRESS);
  // Other entries stay masked.
  const row = await page.getByTestId(table.row).nth(1).innerText();
  expect(row).not.toMatch(EMAIL);

  const [entry, ...more] = await waitForReveals(before + 1);
  expect(more).toHaveLength(before);
  expect(entry).toMatchObject({
    actor: { type: 'user', id: 'rae-reader', name: 'Rae Reader', email: 'rae@example.com' },
    target: { type: 'audit_entry', id: (JSON.parse(json) as { id: string }).id },
    properties: { reason: 'Case 4711', view: expect.stringContaining('action=user.login') as string },
  });

  // After a reload everything is masked again.
  await page.reload();
  await firstRow(page).waitFor();
  expect(await everything(page)).not.toMatch(EMAIL);
});

testOfReader('the whole page is revealed for a limited time, and can be masked earlier', async () => {
  const before = (await reveals()).length;
  const page = await openAs('reader', { action: 'user.login' });
  await firstRow(page).waitFor();
  await page.getByTestId(personal.toggle).click();
  await askFor(page, 'Incident 8');
  await page.getByTestId(personal.dialog).waitFor({ state: 'detached' });
  expect(await everything(page)).toMatch(EMAIL);
  const [entry] = await waitForReveals(before + 1);
  const { until } = (entry?.properties ?? {}) as { until?: string };
  expect(Date.parse(until ?? '')).toBeGreaterThan(Date.now());
  await page.getByTestId(personal.toggle).click();
  expect(await everything(page)).not.toMatch(EMAIL);
});

testOfReader('if the collector is down, nothing is revealed, and the dialog shows the reason', async () => {
  const { collector } = site.stack!;
  const before = (await reveals()).length;
  const page = await openAs('reader', { action: 'user.login' });
  await firstRow(page).waitFor();
  await collector.kill();
  try {
    await page.getByTestId(personal.toggle).click();
    await askFor(page, 'Case 1');
    const error = page.getByTestId(personal.error);
    await error.waitFor();
    expect(await error.innerText()).toContain('could not be recorded in the audit log');
    expect(await everything(page)).not.toMatch(EMAIL);
    await screenshot(page, 'access-reveal-failed');
  } finally {
    await collector.start();
  }
  expect(await reveals()).toHaveLength(before);
  expect(browser.errors(/502/)).toEqual([]);
});

test('a viewer cannot record a reveal, and other users only under their own name', async () => {
  const route = new URL(`/api/plugin-proxy/${PLUGIN_ID}/v1/logs`, site.pageUrl).href;
  const before = (await reveals()).length;
  const actor = { type: 'user' as const, id: 'eve', name: 'Eve', email: 'eve@example.com' };
  const input = { action: 'audit.personal_data.revealed', description: 'Not me', actor };
  const stamp = { id: uuidv7(), time: new Date().toISOString(), service: 'grafana' };
  const data = otlpLogs([completeEntry(input, stamp)], PLUGIN_ID);
  const page = await openAs('viewer');
  expect((await page.request.post(route, { data })).status()).toBe(403);
  const role = site.people.reader ? 'reader' : 'admin';
  await site.login(page, role);
  const headers = { 'X-Grafana-Context': JSON.stringify({ Login: 'eve', Name: 'Eve' }) };
  expect((await page.request.post(route, { data, headers })).status()).toBe(200);
  const found = await waitForReveals(before + 1);
  expect(found).toHaveLength(before + 1);
  const { uid, name, email } = site.people[role]!;
  expect(found[0]).toMatchObject({ description: 'Not me', actor: { id: uid, name, email } });
});

test('the plugin loads little code until the first rows are shown', async () => {
  const page = await browser.newPage();
  await site.login(page, 'admin');
  const loaded = new Map<string, Promise<Buffer>>();
  page.on('response', (response) => {
    const { pathname } = new URL(response.url());
    if (pathname.includes(PLUGIN_ID) && pathname.endsWith('.js')) loaded.set(pathname, response.body());
  });
  await page.goto(`${site.pageUrl}?${history.range}`);
  await firstRow(page).waitFor();
  const sizes = await Promise.all(
    [...loaded].map(
      async ([name, body]) => [name.split('/').at(-1), gzipSync(await body, { level: 9 }).length] as const,
    ),
  );
  const total = sizes.reduce((sum, [, bytes]) => sum + bytes, 0);
  process.stdout.write(
    `first load: ${(total / 1_000).toFixed(1)} kB gzipped (${sizes.map(([name, bytes]) => `${name} ${bytes}`).join(', ')})\n`,
  );
  expect(sizes.length).toBeGreaterThan(1);
  expect(total).toBeLessThanOrEqual(FIRST_LOAD_BYTES);
});

test.each([
  ['de-DE', 'Audit-Protokoll', 'Aktualisieren'],
  ['ja-JP', '監査ログ', '更新'],
] as const)('%s: the page is translated and fits its width', async (language, heading, refresh) => {
  await site.show(browser.context, { language });
  for (const width of [1024, 1440, 2560]) {
    const page = await openAs(site.people.reader ? 'reader' : 'admin', { outcome: 'failure' });
    await page.setViewportSize({ width, height: 900 });
    await openFirst(page);
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe(heading);
    expect(await page.getByTestId(onPage.refresh).getAttribute('aria-label')).toBe(refresh);
    await screenshot(page, `access-${language}-${width}`);
    const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(tooWide).toBeLessThanOrEqual(0);
    // The next page signs in again, which ends this page's session.
    await page.close();
  }
  expect(browser.errors()).toEqual([]);
});
