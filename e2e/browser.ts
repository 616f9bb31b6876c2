import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext, type Page } from 'playwright-core';

const ARTIFACTS = join(import.meta.dirname, '../artifacts');
const CHROMIUM = process.env.AUDITRAIL_CHROMIUM ?? '/usr/bin/chromium';
// No traffic of its own, and no features that a machine without a screen lacks.
const FLAGS = [
  ...['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
  ...['--disable-background-networking', '--disable-component-update'],
  // Chromium refuses its sandbox to root, which is who runs tests in a container.
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
];

// What a Grafana logs as errors though nothing is wrong here: it answers 404 for a user who has chosen nothing yet, and its
// own catalogue of plugins is out of reach where it has no internet.
const OF_GRAFANA = /\/apis\/userstorage\.grafana\.app\/|\/api\/gnet\/plugins|^Failed to fetch plugins from catalog/;

/** A browser of one test file, with a profile of its own that is thrown away at the end. */
export interface TestBrowser {
  context: BrowserContext;
  /** Opens a tab whose errors are remembered. */
  newPage(): Promise<Page>;
  /**
   * The errors that pages logged or threw since the last call.
   * @param expected those that the test provokes; they are left out
   */
  errors(expected?: RegExp): string[];
  /** Forgets what a site has kept here: storage and cookies. */
  forget(url: string): Promise<void>;
  /** Closes what a test opened: tabs that stay would slow down the tests after it. */
  closePages(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts Chromium: `AUDITRAIL_CHROMIUM`, else Debian's.
 * @throws Error when there is no Chromium at that path
 */
export async function openBrowser(timezoneId = 'UTC'): Promise<TestBrowser> {
  if (!existsSync(CHROMIUM)) {
    throw new Error(
      `There is no Chromium at ${CHROMIUM}. Install it (apt-get install chromium) or set AUDITRAIL_CHROMIUM.`,
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
    if (message.type() === 'error' && !OF_GRAFANA.test(text)) errors.push(text);
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
    async forget(url) {
      const empty = context.pages()[0] ?? (await context.newPage());
      const devTools = await context.newCDPSession(empty);
      await devTools.send('Storage.clearDataForOrigin', { origin: new URL(url).origin, storageTypes: 'all' });
      await devTools.detach();
      await context.clearCookies();
    },
    async closePages() {
      // The first is the browser's own empty one, without which it ends.
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

/** Keeps a picture of the page in `artifacts/<name>.png`. */
export async function screenshot(page: Page, name: string): Promise<void> {
  await mkdir(ARTIFACTS, { recursive: true });
  await page.screenshot({ path: join(ARTIFACTS, `${name}.png`) });
}
