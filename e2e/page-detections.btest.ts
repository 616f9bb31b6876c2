import type { Page } from 'playwright-core';
import type { AuditEntryInput } from '@auditrail/sdk';
import { testIds } from '../grafana-plugin/src/components/testIds.ts';
import { seriousProblems } from './accessibility.ts';
import { screenshot } from './browser.ts';
import { tabTo } from './keyboard.ts';
import { layoutProblems } from './layout.ts';
import { pageTests, testInHost } from './page-tests.ts';
import { recordEntries } from './record-entries.ts';
import { GRAFANA_URL, type Role } from './sites.ts';

const { detections: ids, page: onPage, table } = testIds;
const { browser, site } = pageTests({ keeper: true });

const WHOLE = GRAFANA_URL ? 'main' : 'html';
const DAY_MS = 24 * 3_600_000;
/** An address of this run, because a Grafana's trail may have other entries. */
const ATTACKER = `203.0.113.${10 + (Date.now() % 200)}`;
const BRUTE_FORCE = 'auditrail-brute-force-ip';
const start = Date.now() - 3 * DAY_MS;

const signIn = (i: number): AuditEntryInput => ({
  time: new Date(start + i * 1_000).toISOString(),
  action: 'user.login',
  channel: 'auth',
  description: 'Ada Lovelace could not sign in',
  outcome: 'failure',
  actor: { type: 'user', email: 'ada@example.com', name: 'Ada Lovelace' },
  source: { ip: ATTACKER },
});
const grant: AuditEntryInput = {
  time: new Date(start + 60_000).toISOString(),
  action: 'user.role.granted',
  channel: 'security',
  description: 'Mallory <img src=x onerror="window.hacked=1"> is an owner',
  actor: { type: 'user', email: 'boss@example.com' },
  target: { type: 'user', id: '7', name: '<img src=x onerror="window.hacked=1">' },
  scope: { role: 'owner' },
};

beforeAll(async () => {
  const attack = Array.from({ length: 25 }, (_, i) => signIn(i));
  await recordEntries(site.parts, site.tenant, [...attack, grant], { service: 'shop', integrity: { marks: false } });
}, 60_000);

async function open(
  query = '',
  as: Role = 'admin',
  prepare: (page: Page) => Promise<void> = async () => {},
): Promise<Page> {
  const page = await browser.newPage();
  await site.login(page, as);
  await prepare(page);
  await page.goto(`${site.pageUrl}/detections${query}`);
  return page;
}
const row = (page: Page, rule: string) => page.locator(`[data-testid="${ids.row}"][data-rule="${rule}"]`);
const firings = (page: Page) => page.getByTestId(ids.firing).filter({ hasText: ATTACKER });

test('lists all rules, and tests those with few entries', async () => {
  const page = await open();
  await row(page, BRUTE_FORCE)
    .getByTestId(ids.result)
    .filter({ hasText: /Alerts: [1-9]/ })
    .waitFor();
  expect(await page.getByTestId(ids.row).count()).toBeGreaterThan(30);
  await row(page, 'auditrail-privileged-role-granted').getByText('Ready').waitFor();
  await page
    .getByTestId(ids.sum)
    .filter({ hasText: /Rules: \d+ · Cannot fire: \d+ · Alerts in 30 days: [1-9]/ })
    .waitFor();
  await screenshot(page, 'detections');
  expect(await page.evaluate('window.hacked')).toBeUndefined();
  expect(browser.errors()).toEqual([]);
});

testInHost('a Grafana may have other entries')('a rule without its entries states that it cannot fire', async () => {
  const page = await open('?state=not-ready');
  const mfa = row(page, 'auditrail-mfa-fatigue');
  await mfa.getByText('Cannot fire').waitFor();
  expect(await row(page, BRUTE_FORCE).count()).toBe(0);
  await mfa.getByTestId(ids.toggle).click();
  await mfa.getByText('No action user.mfa.challenged in the last 30 days: this rule cannot fire.').waitFor();
  await screenshot(page, 'detections-cannot-fire');
});

test('an alert leads to its entries, and a threshold can be tried and copied', async () => {
  const page = await open(`?rule=${BRUTE_FORCE}`);
  await firings(page).first().waitFor();
  await screenshot(page, 'detections-rule');
  await page.getByTestId(ids.threshold('failures')).fill('26');
  await page.getByTestId(ids.threshold('withLocked')).fill('27');
  await page.getByTestId(ids.tryIt).click();
  const tried = page.getByTestId(ids.tried);
  await tried.getByText(/Alerts with these thresholds: \d+\. With those of the rule: [1-9]/).waitFor();
  expect(await tried.getByTestId(ids.firing).filter({ hasText: ATTACKER }).count()).toBe(0);
  expect(await page.getByTestId(ids.snippet).innerText()).toContain(
    `thresholds:\n  ${BRUTE_FORCE}: { failures: 26, withLocked: 27 }`,
  );
  await screenshot(page, 'detections-tried');

  await firings(page).getByRole('link', { name: 'Entries' }).click();
  await page.getByTestId(onPage.container).waitFor();
  const { searchParams } = new URL(page.url());
  expect([searchParams.get('ip'), searchParams.get('outcome')]).toEqual([ATTACKER, 'failure']);
  await page.getByTestId(table.row).first().waitFor();
  // The alert is about the first 20.
  await page
    .getByTestId(onPage.count)
    .getByText(/^25 entries/)
    .waitFor();
  expect(browser.errors()).toEqual([]);
});

test('works with the keyboard', async () => {
  const page = await open('?q=brute+force+from+one+address');
  await row(page, BRUTE_FORCE).getByTestId(ids.result).waitFor();
  await page.getByTestId(ids.search).focus();
  const toggle = row(page, BRUTE_FORCE).getByTestId(ids.toggle);
  await tabTo(page, toggle, { most: 10 });
  await page.keyboard.press('Enter');
  await page.getByTestId(ids.details).waitFor();
  expect(await toggle.getAttribute('aria-expanded')).toBe('true');
  expect(new URL(page.url()).searchParams.get('rule')).toBe(BRUTE_FORCE);
  await page.keyboard.press('Enter');
  await page.getByTestId(ids.details).waitFor({ state: 'detached' });
});

test.each([
  ['dark', 1024],
  ['dark', 1440],
  ['light', 1440],
  ['light', 2560],
] as const)('fits, and is accessible: %s, %d pixels', async (theme, width) => {
  const page = await open(`?rule=${BRUTE_FORCE}`, 'admin', async (tab) => {
    await tab.setViewportSize({ width, height: 1000 });
    await site.show(browser.context, { theme });
  });
  await firings(page).first().waitFor();
  expect(await layoutProblems(page)).toEqual([]);
  expect(await seriousProblems(page, WHOLE)).toEqual([]);
  await screenshot(page, `detections-${theme}-${width}`);
});

test('without the permission, no rules are shown', async () => {
  const page = await open('', 'viewer');
  await page.waitForLoadState('networkidle');
  expect(await page.getByTestId(ids.page).count()).toBe(0);
});
