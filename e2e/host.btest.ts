import { startHost, type RunningHost } from '../stack/host/index.ts';
import { testIds } from '../grafana-plugin/src/components/testIds.ts';
import { seriousProblems } from './accessibility.ts';
import { openBrowser, screenshot, type TestBrowser } from './browser.ts';
import { PLUGIN_DIR } from './sites.ts';

let host: RunningHost;
let browser: TestBrowser;

beforeAll(async () => {
  host = await startHost({ pluginDir: PLUGIN_DIR, settings: { jsonData: {}, secureJsonData: {} } });
  browser = await openBrowser();
}, 60_000);

afterAll(async () => {
  await browser.close();
  await host.stop();
});

// Tests fail on unexpected errors in the console.
afterEach(async () => {
  await browser.closePages();
  expect(browser.errors()).toEqual([]);
});

const background = () => getComputedStyle(document.body).backgroundColor;

test('shows the built plugin with its navigation, and a note that this is a development host', async () => {
  const page = await browser.newPage();
  await page.goto(host.url);
  await page.getByTestId(testIds.page.notConfigured).waitFor();
  expect(page.url()).toBe(`${host.url}/a/auditrail-auditlog-app`);
  expect(await page.getByRole('banner').innerText()).toContain('Not for production');
  expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Auditrail');
  await screenshot(page, 'host-not-configured');

  await page.getByRole('link', { name: 'Configuration', exact: true }).click();
  await page.getByTestId(testIds.config.form).waitFor();
  expect(await page.title()).toContain('Auditrail');
  await page.goBack();
  await page.getByTestId(testIds.page.notConfigured).waitFor();
});

test('the header has one line at 1024 pixels', async () => {
  const page = await browser.newPage();
  await page.setViewportSize({ width: 1024, height: 800 });
  await page.goto(host.url);
  const centers = await page
    .getByRole('banner')
    .locator('> *')
    .evaluateAll((parts) =>
      parts.map((part) => part.getBoundingClientRect()).map(({ top, height }) => top + height / 2),
    );
  expect(Math.max(...centers) - Math.min(...centers)).toBeLessThan(2);
});

test('shows a viewer the missing permission', async () => {
  const page = await browser.newPage();
  await page.goto(host.url);
  await page.getByRole('radio', { name: 'Vic Viewer' }).dispatchEvent('click');
  const forbidden = page.getByTestId(testIds.page.forbidden);
  await forbidden.waitFor();
  expect(await forbidden.innerText()).toContain('auditrail-auditlog-app.entries:read');
  expect(await page.getByRole('navigation').getByRole('link').count()).toBe(0);
  await screenshot(page, 'host-viewer');
  // The choice reloads the page, so `check()` would wait for its mark on the old page.
  await page.getByRole('radio', { name: 'Ada Admin' }).dispatchEvent('click');
  await page.getByTestId(testIds.page.notConfigured).waitFor();
});

test('switches the theme', async () => {
  const page = await browser.newPage();
  await page.goto(host.url);
  await page.getByTestId(testIds.page.notConfigured).waitFor();
  const dark = await page.evaluate(background);
  await page.getByRole('radio', { name: 'Light' }).dispatchEvent('click');
  await page.waitForFunction((before) => getComputedStyle(document.body).backgroundColor !== before, dark);
  await page.getByTestId(testIds.page.notConfigured).waitFor();
  await screenshot(page, 'host-light');
  expect(await page.getByRole('radio', { name: 'Light' }).isChecked()).toBe(true);
});

test.each(['light', 'dark'])('no serious accessibility problems in the %s theme', async (theme) => {
  const page = await browser.newPage();
  await page.context().addCookies([{ name: 'host_theme', value: theme, url: host.url }]);
  for (const path of ['/a/auditrail-auditlog-app', '/plugins/auditrail-auditlog-app']) {
    await page.goto(host.url + path);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.waitForLoadState('networkidle');
    expect(await seriousProblems(page)).toEqual([]);
  }
});

test('the page reports why the plugin failed to load', async () => {
  const page = await browser.newPage();
  await page.route('**/module.js', (route) => route.abort());
  await page.goto(host.url);
  await page.getByText('Check that the plugin is built.').waitFor();
  expect(browser.errors(/ERR_FAILED|Check that the plugin is built/)).toEqual([]);
});
