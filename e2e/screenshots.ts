import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { storedChoice } from '../grafana-plugin/src/components/EntryTable/column-choice.ts';
import { testIds } from '../grafana-plugin/src/components/testIds.ts';
import { inRoot } from '../stack/src/index.ts';
import { ensurePlugin } from '../stack/src/check/plugin-build.ts';
import { terminalProgress } from '../stack/src/progress.ts';
import { openBrowser } from './browser.ts';
import { recordEntries } from './record-entries.ts';
import { sampleDay } from './sample-day.ts';
import { recordSampleTrail } from './sample-trail.ts';
import { openHost, PLUGIN_ID, type Site } from './sites.ts';

// npm run screenshots: takes the screenshots for docs/ and plugin.json, of the built plugin on a real stack.

const DOCS = inRoot('docs/img');
const PLUGIN = inRoot('grafana-plugin/src/img');
const SIZE = { width: 1440, height: 900 };
const { page: onPage, table, details, personal, config } = testIds;

// The columns that show who acted for whom, and which service wrote it.
const TRAIL_COLUMNS = ['when', 'actor', 'action', 'target', 'result', 'reason', 'service', 'description'];

const recordSampleDay = ({ parts, tenant }: Site) =>
  recordEntries(parts, tenant, sampleDay(Date.now()), { service: 'portal' });

const DEFAULT_COLUMNS = 'null';

async function chooseColumns(page: Page, { people }: Site, shown?: string[]): Promise<void> {
  const key = `${PLUGIN_ID}:${people.admin.uid}:columns`;
  const choice = shown ? JSON.stringify(storedChoice({ shown, widths: {} })) : DEFAULT_COLUMNS;
  await page.addInitScript(([name = '', value = '']) => localStorage.setItem(name, value), [key, choice]);
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

interface Screenshot {
  name: string;
  url: string;
  role?: 'reader';
  folders: string[];
  columns?: string[];
  /** Waits until the page is complete. Default: that of the list. */
  ready?: (page: Page) => Promise<void>;
  prepare?: (page: Page) => Promise<void>;
}

async function readyList(page: Page): Promise<void> {
  await page.getByTestId(table.row).first().waitFor();
  const counted = /^\D*[\d,]+ entr\w+ ·/;
  await page.getByTestId(onPage.count).getByText(counted).waitFor();
}

const dayScreenshots = ({ pageUrl, configUrl }: Site): Screenshot[] => [
  { name: 'audit-page', url: `${pageUrl}?from=now-24h&to=now`, folders: [DOCS, PLUGIN] },
  {
    name: 'entry-details',
    url: `${pageUrl}?from=now-24h&to=now&action=hardware.updated`,
    folders: [DOCS, PLUGIN],
    prepare: async (page) => {
      await page.getByTestId(table.expand).first().click();
      await page.getByTestId(details.container).first().waitFor();
    },
  },
  {
    name: 'masked',
    url: `${pageUrl}?from=now-24h&to=now&action=user.login`,
    role: 'reader',
    folders: [DOCS],
    prepare: async (page) => {
      await page.getByTestId(personal.toggle).click();
      await page.getByTestId(personal.reason).fill('Case 4711');
    },
  },
  {
    name: 'configuration',
    url: configUrl,
    folders: [DOCS],
    ready: (page) => page.getByTestId(config.form).waitFor(),
  },
];

/** Pictures of a trail of several writers. */
const trailScreenshots = ({ pageUrl }: Site, services: string): Screenshot[] => [
  { name: 'mixed-trail', url: `${pageUrl}?from=now-1h&to=now&${services}`, folders: [DOCS], columns: TRAIL_COLUMNS },
  {
    name: 'agent-details',
    url: `${pageUrl}?from=now-1h&to=now&action=order.updated&onBehalfOf=grace@example.com`,
    folders: [DOCS],
    prepare: async (page) => {
      await page.getByTestId(table.expand).first().click();
      await page.getByTestId(details.container).first().waitFor();
    },
  },
];

const progress = terminalProgress();
await ensurePlugin(progress);
for (const folder of [DOCS, PLUGIN]) mkdirSync(folder, { recursive: true });
const browser = await openBrowser();
const site = await openHost({ keeper: true });

/** Takes the pictures in both themes. */
async function takeAll(screenshots: readonly Screenshot[]): Promise<void> {
  // The collector's batch time.
  await setTimeout(3_000);
  for (const theme of ['dark', 'light'] as const) {
    await site.show(browser.context, { theme });
    for (const { name, url, role = 'admin', folders, columns, ready = readyList, prepare } of screenshots) {
      const page = await browser.newPage();
      await page.setViewportSize(SIZE);
      await site.login(page, role);
      await chooseColumns(page, site, columns);
      await page.goto(url);
      await ready(page);
      await prepare?.(page);
      for (const folder of folders) await takeScreenshot(page, folder, theme === 'dark' ? name : `${name}-light`);
      await page.close();
      progress.log(`${name}, ${theme}`);
    }
  }
}

try {
  await recordSampleDay(site);
  await takeAll(dayScreenshots(site));
  await takeAll(trailScreenshots(site, await recordSampleTrail(site)));
} finally {
  await browser.close();
  await site.stop();
}
