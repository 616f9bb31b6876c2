import type { Page } from 'playwright-core';
import { sendEntries, testEntry, waitForTrail } from '@auditrail/stack/testing';
import type { EntryQuery } from '@auditrail/core/query';
import { testIds } from '../grafana-plugin/src/components/testIds.ts';
import manifest from '../grafana-plugin/src/plugin.json' with { type: 'json' };
import { seriousProblems } from './accessibility.ts';
import { screenshot } from './browser.ts';
import { pageTests, testInGrafana } from './page-tests.ts';
import { PLUGIN_ID, type Role } from './sites.ts';

// The links from other parts of Grafana to the page. The development host does not have them.
const { page: onPage, profile, table } = testIds;
const { browser, site } = pageTests();

async function openPath(path: string, role: Role = 'admin'): Promise<Page> {
  const page = await browser.newPage();
  await site.login(page, role);
  await page.goto(new URL(path, site.pageUrl).href);
  return page;
}

/** Waits for the page. @returns its URL parameters */
async function urlParameters(page: Page): Promise<Record<string, string>> {
  await page.waitForURL((url) => url.pathname.startsWith(`/a/${PLUGIN_ID}`));
  await page.getByTestId(onPage.container).waitFor();
  await page.getByTestId(onPage.count).waitFor();
  expect(await page.getByTestId(onPage.urlProblems).count()).toBe(0);
  // Grafana adds the extension point.
  return Object.fromEntries([...new URL(page.url()).searchParams].filter(([name]) => !name.startsWith('uel_')));
}

const { addedLinks, addedComponents } = manifest.extensions;
const titlesAt = (target: string) =>
  addedLinks.filter(({ targets }) => targets.includes(target)).map(({ title }) => title);
const [{ title: TAB } = { title: '' }] = addedComponents;
const HOUR = { from: '2026-01-02T03:00:00.000Z', to: '2026-01-02T04:00:00.000Z' };

testInGrafana('from the menu of a panel, with its time range', async () => {
  const page = await openPath(`/d/auditrail-overview?${new URLSearchParams(HOUR)}`);
  const panel = page.getByRole('region', { name: 'Entries over time' });
  await panel.hover();
  await panel.getByRole('button', { name: /^Menu/ }).click();
  await page.getByRole('menuitem', { name: 'Extensions' }).hover();
  const [title = ''] = titlesAt('grafana/dashboard/panel/menu');
  const item = page.getByRole('menuitem', { name: title, exact: true });
  await item.waitFor();
  await screenshot(page, 'extension-panel-menu');
  await item.click();
  expect(await urlParameters(page)).toEqual(HOUR);
});

testInGrafana("from Explore's toolbar, with its time range and trace", async () => {
  const query = '0af7651916cd43dd8448eb211c80319c';
  const datasource = { uid: 'auditrail-tempo', type: 'tempo' };
  const panes = {
    a: { datasource: datasource.uid, queries: [{ refId: 'A', datasource, query, queryType: 'traceql' }], range: HOUR },
  };
  const page = await openPath(
    `/explore?${new URLSearchParams({ schemaVersion: '1', panes: JSON.stringify(panes), orgId: '1' })}`,
  );
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  const [title = ''] = titlesAt('grafana/explore/toolbar/action');
  const item = page.getByRole('menuitem', { name: title, exact: true });
  await item.waitFor();
  await screenshot(page, 'extension-explore');
  await item.click();
  await page.getByRole('dialog').getByRole('button', { name: 'Open', exact: true }).click();
  expect(await urlParameters(page)).toEqual({ ...HOUR, traceId: query });
});

testInGrafana("from the command palette: today's entries and one's own entries", async () => {
  const page = await openPath('/alerting/list');
  for (const [at, title] of titlesAt('grafana/commandpalette/action').entries()) {
    await page.getByRole('banner').first().waitFor();
    await page.keyboard.press('Control+k');
    await page
      .getByPlaceholder(/Search or jump to/)
      .last()
      .fill(title);
    const option = page.getByRole('option', { name: title });
    await option.waitFor();
    await screenshot(page, `extension-command-palette-${at}`);
    await option.click();
    const parameters = await urlParameters(page);
    expect(parameters).toEqual(at === 0 ? {} : { from: 'now-7d', to: 'now', user: site.people.admin.email });
  }
});

testInGrafana("from a tab of one's own profile, which shows the newest entries", async () => {
  const { email } = site.people.admin;
  const description = `Looked at the profile ${Date.now().toString(36)}`;
  await sendEntries(site.parts, site.tenant, [testEntry({ description, actor: { type: 'user', email } })]);
  const query: EntryQuery = { search: description };
  await waitForTrail(site.parts, site.tenant, 1, { query });
  const page = await openPath('/profile');
  await page.getByRole('tab', { name: TAB }).click();
  const row = page.getByTestId(profile.row).filter({ hasText: description });
  await row.waitFor();
  await screenshot(page, 'extension-profile');
  expect(await seriousProblems(page, `[data-testid="${profile.container}"]`)).toEqual([]);
  await page.getByTestId(profile.all).click();
  expect(await urlParameters(page)).toEqual({ from: 'now-7d', to: 'now', user: email });
  await page.getByTestId(table.row).filter({ hasText: description }).waitFor();
});

testInGrafana('users without permission to read do not see the links', async () => {
  const page = await openPath('/profile', 'viewer');
  await page.getByTestId('user-profile-edit-page').waitFor();
  expect(await page.getByRole('tab', { name: TAB }).count()).toBe(0);
  await page.keyboard.press('Control+k');
  await page
    .getByPlaceholder(/Search or jump to/)
    .last()
    .fill('audit');
  await page.waitForTimeout(1_000);
  for (const title of titlesAt('grafana/commandpalette/action')) {
    expect(await page.getByRole('option', { name: title }).count()).toBe(0);
  }
});
