import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { testIds } from '../grafana-plugin/src/components/testIds.ts';
import { inRoot } from '../stack/src/index.ts';
import { ensurePlugin } from '../stack/src/check/plugin-build.ts';
import { terminalProgress } from '../stack/src/progress.ts';
import { openBrowser } from './browser.ts';
import { recordEntries } from './record-entries.ts';
import { sampleDay } from './sample-day.ts';
import { openHost, type Site } from './sites.ts';

// npm run screenshots: takes the screenshots for docs/ and plugin.json, of the built plugin on a real stack.

const DOCS = inRoot('docs/img');
const PLUGIN = inRoot('grafana-plugin/src/img');
const SIZE = { width: 1440, height: 900 };
const { page: onPage, table, details, personal, config } = testIds;

async function recordSampleDay({ parts, tenant }: Site): Promise<void> {
  await recordEntries(parts, tenant, sampleDay(Date.now()), { service: 'portal' });
  // The collector's batch time.
  await setTimeout(3_000);
}

async function takeScreenshot(page: Page, folder: string, name: string): Promise<void> {
  await page.mouse.move(0, 0);
  await setTimeout(800);
  const path = join(folder, `${name}.png`);
  // Without the host's own header and navigation.
  await page.locator('main').screenshot({ path });
  // Reduces the file size if pngquant is installed.
  spawnSync('pngquant', ['--force', '--skip-if-larger', '--quality', '70-95', '--output', path, path]);
}

const SCREENSHOTS: Array<{
  name: string;
  query?: string;
  role?: 'reader';
  folders: string[];
  prepare?: (page: Page) => Promise<void>;
}> = [
  { name: 'audit-page', query: 'from=now-24h&to=now', folders: [DOCS, PLUGIN] },
  {
    name: 'entry-details',
    query: 'from=now-24h&to=now&action=hardware.updated',
    folders: [DOCS, PLUGIN],
    prepare: async (page) => {
      await page.getByTestId(table.expand).first().click();
      await page.getByTestId(details.container).first().waitFor();
    },
  },
  {
    name: 'masked',
    query: 'from=now-24h&to=now&action=user.login',
    role: 'reader',
    folders: [DOCS],
    prepare: async (page) => {
      await page.getByTestId(personal.toggle).click();
      await page.getByTestId(personal.reason).fill('Case 4711');
    },
  },
];

const progress = terminalProgress();
await ensurePlugin(progress);
for (const folder of [DOCS, PLUGIN]) mkdirSync(folder, { recursive: true });
const browser = await openBrowser();
const site = await openHost({ keeper: true });
try {
  await recordSampleDay(site);
  const { origin } = new URL(site.pageUrl);
  for (const theme of ['dark', 'light'] as const) {
    await browser.context.addCookies([{ name: 'host_theme', value: theme, url: origin, sameSite: 'Strict' }]);
    for (const { name, query = '', role = 'admin', folders, prepare } of SCREENSHOTS) {
      const page = await browser.newPage();
      await page.setViewportSize(SIZE);
      await site.login(page, role);
      await page.goto(`${site.pageUrl}?${query}`);
      await page.getByTestId(onPage.container).waitFor();
      await page.getByTestId(table.row).first().waitFor();
      await prepare?.(page);
      for (const folder of folders) await takeScreenshot(page, folder, theme === 'dark' ? name : `${name}-light`);
      await page.close();
      progress.log(`${name}, ${theme}`);
    }
    const page = await browser.newPage();
    await page.setViewportSize(SIZE);
    await site.login(page, 'admin');
    await page.goto(site.configUrl);
    await page.getByTestId(config.form).waitFor();
    await takeScreenshot(page, DOCS, theme === 'dark' ? 'configuration' : 'configuration-light');
    await page.close();
  }
} finally {
  await browser.close();
  await site.stop();
}
