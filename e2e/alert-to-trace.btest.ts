import { randomBytes } from 'node:crypto';
import type { Locator } from 'playwright-core';
import { testIds } from '../grafana-plugin/src/components/testIds.ts';
import { openBrowser, screenshot, type TestBrowser } from './browser.ts';
import { testInGrafana } from './page-tests.ts';
import { recordEntries } from './record-entries.ts';
import { GRAFANA_URL, openGrafana, type Site } from './sites.ts';

// Needs a Grafana with provisioning/grafana, and a trace store behind the collector: see CONTRIBUTING.md.
const RULE = 'auditrail-brute-force-ip';
const IP = `203.0.113.${100 + ((randomBytes(1)[0] ?? 0) % 150)}`;
const EMAIL = `traced-${randomBytes(3).toString('hex')}@example.com`;
const ATTEMPTS = 25;
const traces = Array.from({ length: ATTEMPTS }, () => {
  return { traceId: randomBytes(16).toString('hex'), spanId: randomBytes(8).toString('hex') };
});

let browser: TestBrowser;
let site: Site;
beforeAll(async () => {
  if (!GRAFANA_URL) return;
  browser = await openBrowser();
  site = await openGrafana();
  await sendSpans();
  const attempts = traces.map((trace) => ({
    ...{ action: 'user.login', channel: 'auth', description: 'A guess failed', trace, source: { ip: IP } },
    ...{ actor: { type: 'user' as const, email: EMAIL }, error: { code: 'wrong_password', message: 'wrong password' } },
  }));
  await recordEntries(site.parts, site.tenant, attempts, { service: 'traced', integrity: { marks: false } });
}, 60_000);
afterAll(() => browser?.close());

/** Sends a slow and failed span for each trace, as an application does. */
async function sendSpans(): Promise<void> {
  const nowNs = BigInt(Date.now()) * 1_000_000n;
  const spans = traces.map((ids) => ({
    ...{ ...ids, name: 'POST /login', kind: 2, status: { code: 2 } },
    ...{ startTimeUnixNano: String(nowNs - 3_000_000_000n), endTimeUnixNano: String(nowNs) },
  }));
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'traced' } }] };
  const response = await fetch(`${site.parts.urls.collector}/v1/traces`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Authorization: `Bearer ${site.parts.tokensFor(site.tenant).write}`,
    },
    body: JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] }),
  });
  if (!response.ok) throw new Error(`the collector responded with ${response.status}: ${await response.text()}`);
}

/** Counts the clicks of a way. */
function clicker() {
  const clicked: string[] = [];
  return {
    clicked,
    async click(name: string, locator: Locator) {
      clicked.push(name);
      await locator.click();
    },
  };
}

testInGrafana(
  'from a firing alert to its entries, to the trace, and back: at most two clicks each',
  async () => {
    const page = await browser.newPage();
    await site.login(page, 'admin');
    // The alert fires within two minutes.
    const alerts = `${GRAFANA_URL}/api/prometheus/grafana/api/v1/rules?rule_uid=${RULE}`;
    const isFiring = async () => {
      const text = await (await page.request.get(alerts)).text();
      return text.includes(`"client_address":"${IP}"`);
    };
    for (const end = Date.now() + 150_000; !(await isFiring()); await page.waitForTimeout(2_000)) {
      if (Date.now() > end) throw new Error('the alert did not fire in time');
    }

    const toEntries = clicker();
    await page.goto(`${GRAFANA_URL}/alerting/grafana/${RULE}/view?tab=instances`);
    const address = page.getByText(IP, { exact: true });
    await toEntries.click('the instance', address.locator('xpath=preceding::button[@aria-label="Expand row"][1]'));
    const [entriesPage] = await Promise.all([
      page.context().waitForEvent('page'),
      toEntries.click('its link to the audit page', page.locator(`a[href*="${encodeURIComponent(IP)}"]`).first()),
    ]);
    await entriesPage
      .getByTestId(testIds.page.count)
      .getByText(new RegExp(`^${ATTEMPTS} entries`))
      .waitFor();
    await screenshot(entriesPage, 'alert-entries');

    const toTrace = clicker();
    await toTrace.click('details', entriesPage.getByTestId(testIds.table.expand).first());
    await toTrace.click('the trace', entriesPage.getByTestId(testIds.details.trace));
    await entriesPage.getByText('POST /login', { exact: false }).first().waitFor();
    await screenshot(entriesPage, 'alert-trace');

    const toEntry = clicker();
    await toEntry.click('the span', entriesPage.getByText(/^POST \/login$/i).last());
    await toEntry.click('who did this', entriesPage.getByRole('link', { name: 'Who did this' }));
    await entriesPage
      .getByTestId(testIds.page.count)
      .getByText(/^1 entry/)
      .waitFor();
    await screenshot(entriesPage, 'trace-entry');

    for (const { clicked } of [toEntries, toTrace, toEntry]) expect(clicked.length).toBeLessThanOrEqual(2);
  },
  240_000,
);
