import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext, type Page } from 'playwright-core';

const ARTIFACTS = join(import.meta.dirname, '../artifacts');
const CHROMIUM = process.env.AUDITRAIL_CHROMIUM ?? '/usr/bin/chromium';
// No background traffic, and no features that need a screen.
const FLAGS = [
  ...['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
  ...['--disable-background-networking', '--disable-component-update'],
  // Chromium has no sandbox for root, the user of containers.
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
];

// Errors that Grafana logs and that are expected: 404 for a user without stored choices, and its plugin catalog without
// internet access.
const GRAFANA_ERRORS = /\/apis\/userstorage\.grafana\.app\/|\/api\/gnet\/plugins|^Failed to fetch plugins from catalog/;

/** The browser of a test file, with a temporary profile. */
export interface TestBrowser {
  context: BrowserContext;
  /** Opens a tab and collects its errors. */
  newPage(): Promise<Page>;
  /**
   * The errors that pages logged or threw since the last call.
   *
   * @param expected errors that the test causes; they are left out
   */
  errors(expected?: RegExp): string[];
  /** Deletes a site's storage and cookies. */
  clearStorage(url: string): Promise<void>;
  /** Closes a test's tabs, which would slow down later tests. */
  closePages(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts Chromium: the one of `AUDITRAIL_CHROMIUM`, or else Debian's.
 *
 * @throws Error if Chromium does not exist at that path
 */
export async function openBrowser(timezoneId = 'UTC'): Promise<TestBrowser> {
  if (!existsSync(CHROMIUM)) {
    throw new Error(
      `Chromium was not found at ${CHROMIUM}. Install it (apt-get install chromium) or set AUDITRAIL_CHROMIUM.`,
    );
  }
  const profile = await mkdtemp(join(tmpdir(), 'auditrail-browser-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM,
    args: FLAGS,
    viewport: { width: 1440, height: 900 },
    locale: 'en-US',
    timezoneId,
  });
  context.setDefaultTimeout(10_000);
  let errors: string[] = [];
  context.on('console', (message) => {
    const text = `${message.text()} (${message.location().url})`;
    if (message.type() === 'error' && !GRAFANA_ERRORS.test(text)) errors.push(text);
  });
  context.on('weberror', (error) => errors.push(`uncaught: ${error.error().stack ?? error.error().message}`));
  return {
    context,
    newPage: () => context.newPage(),
    errors(expected) {
      const unexpected = errors.filter((text) => !expected?.test(text));
      errors = [];
      return unexpected;
    },
    async clearStorage(url) {
      const empty = context.pages()[0] ?? (await context.newPage());
      const devTools = await context.newCDPSession(empty);
      await devTools.send('Storage.clearDataForOrigin', { origin: new URL(url).origin, storageTypes: 'all' });
      await devTools.detach();
      await context.clearCookies();
    },
    async closePages() {
      // The browser ends without its first, empty tab.
      await Promise.all(
        context
          .pages()
          .slice(1)
          .map((page) => page.close()),
      );
    },
    async close() {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}

/** Saves a screenshot of the page as `artifacts/<name>.png`. */
export async function screenshot(page: Page, name: string): Promise<void> {
  await mkdir(ARTIFACTS, { recursive: true });
  await page.screenshot({ path: join(ARTIFACTS, `${name}.png`) });
}
