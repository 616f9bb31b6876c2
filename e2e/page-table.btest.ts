import type { Page, Route } from 'playwright-core';
import { canonicalJson, completeEntry, msToNs } from '@auditrail/core';
import { testIds } from '../grafana-plugin/src/components/testIds.ts';
import { seriousProblems } from './accessibility.ts';
import { screenshot } from './browser.ts';
import { pageTests, seededHistory } from './page-tests.ts';
import { GRAFANA_URL } from './sites.ts';

const { table, columns, details } = testIds;
const MANY = 100_000;
/** Lines per response of the fake Loki: more than the page requests, for speed. */
const PER_RESPONSE = 5_000;

const { browser, site, openPage } = pageTests();
const history = seededHistory(site);

async function openView(prepare?: (page: Page) => Promise<unknown>): Promise<Page> {
  const page = await openPage(history.range, 'admin', prepare);
  await rowAt(page, 0).waitFor();
  return page;
}

const rowAt = (page: Page, index: number) => page.locator(`[data-index="${index}"]`);
const heads = (page: Page) =>
  page.locator('[data-column]').evaluateAll((all) => all.map((head) => head.getAttribute('data-column')));
const widthOf = async (page: Page, column: string) => {
  const box = await page.getByTestId(table.head(column)).boundingBox();
  return Math.round(box!.width);
};
const focused = (page: Page) => page.evaluate(() => document.activeElement?.getAttribute('data-index'));
const scrollTop = (page: Page) => page.getByTestId(table.scroller).evaluate((scroller) => scroller.scrollTop);

test('chosen, moved and resized columns and the density are kept after a reload', async () => {
  const page = await openView();
  await page.getByTestId(columns.open).click();
  // Grafana's own box covers the input.
  await page.getByTestId(columns.choice('ip')).dispatchEvent('click');
  await page.getByTestId(columns.choice('channel')).dispatchEvent('click');
  await page.getByTestId(columns.grip('target')).focus();
  await page.keyboard.press('ArrowUp');
  const narrow = await widthOf(page, 'target');
  await page.keyboard.press('ArrowRight');
  await screenshot(page, 'table-columns');
  await page.keyboard.press('Escape');
  const title = (column: string) => page.getByTestId(table.head(column)).locator('[draggable]');
  await title('description').dragTo(title('actor'));
  const handle = (await page.getByTestId(table.resize('result')).boundingBox())!;
  const before = await widthOf(page, 'result');
  await page.mouse.move(handle.x + handle.width / 2, handle.y + 10);
  await page.mouse.down();
  await page.mouse.move(handle.x + handle.width / 2 + 50, handle.y + 10, { steps: 5 });
  await page.mouse.up();
  await page.getByRole('radio', { name: 'Compact' }).dispatchEvent('click');

  const chosen = ['when', 'description', 'actor', 'target', 'action', 'result', 'channel'];
  const check = async () => {
    expect(await heads(page)).toEqual(chosen);
    expect(await widthOf(page, 'result')).toBe(before + 50);
    expect(await widthOf(page, 'target')).toBe(narrow + 16);
    expect((await rowAt(page, 1).boundingBox())!.height).toBe(30);
  };
  await rowAt(page, 0).locator('visible=true').waitFor();
  await check();
  await screenshot(page, 'table-compact');
  await page.reload();
  await rowAt(page, 0).waitFor();
  await check();

  await page.getByTestId(columns.open).click();
  await page.getByTestId(columns.reset).click();
  await page.getByTestId(columns.grip('when')).and(page.locator(':focus')).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('radio', { name: 'Comfortable' }).dispatchEvent('click');
  expect(await heads(page)).toEqual(['when', 'actor', 'action', 'target', 'result', 'ip', 'description']);
  expect(browser.errors()).toEqual([]);
});

test.each([1440, 2560])(
  'at %d pixels actor and action are readable, and the description gets the remaining width',
  async (width) => {
    const page = await openView((tab) => tab.setViewportSize({ width, height: 900 }));
    const [actor, action, description] = await Promise.all(
      ['actor', 'action', 'description'].map((id) => widthOf(page, id)),
    );
    // Enough for an e-mail address of 20 letters and an action of 17.
    expect(Math.min(actor!, action!)).toBeGreaterThanOrEqual(150);
    expect(Math.max(actor!, action!)).toBeLessThanOrEqual(208);
    expect(description!).toBeGreaterThanOrEqual(width / 8);
  },
);

test('at least ten rows fit a window of 1440 × 900', async () => {
  const page = await openView();
  await page.getByTestId(table.row).first().waitFor();
  const inSight = await page.getByTestId(table.scroller).evaluate((scroller) => {
    const { bottom } = scroller.getBoundingClientRect();
    const rows = [...scroller.querySelectorAll('[data-index]')];
    return rows.filter((row) => row.getBoundingClientRect().bottom <= Math.min(bottom, window.innerHeight)).length;
  });
  expect(inSight).toBeGreaterThanOrEqual(GRAFANA_URL ? 9 : 10);
});

test('the list can be used by keyboard, to the end and back, without losing the focus', async () => {
  const page = await openView();
  await rowAt(page, 0).focus();
  for (let press = 0; press < 30; press++) await page.keyboard.press('ArrowDown');
  expect(await focused(page)).toBe('30');
  const box = (await rowAt(page, 30).boundingBox())!;
  const frame = (await page.getByTestId(table.scroller).boundingBox())!;
  expect(box.y + box.height).toBeLessThanOrEqual(frame.y + frame.height + 1);
  await page.keyboard.press('Enter');
  await rowAt(page, 30).getByTestId(details.container).waitFor();
  // Tab moves from the row through its buttons to its details.
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  expect(await page.evaluate(() => document.activeElement?.closest('[data-details]') !== null)).toBe(true);
  await page.keyboard.press('Escape');
  await page.getByTestId(details.container).waitFor({ state: 'detached' });
  expect(await focused(page)).toBe('30');
  await page.keyboard.press('Home');
  expect([await focused(page), await scrollTop(page)]).toEqual(['0', 0]);
  const last = String(history.entries.length - 1);
  // End moves to the last loaded row, and loads older rows.
  for (let tries = 0; tries < 50 && (await focused(page)) !== last; tries++) {
    await page.keyboard.press('End');
    await page.waitForTimeout(100);
  }
  expect(await focused(page)).toBe(last);
  await page.keyboard.press('PageUp');
  expect(Number(await focused(page))).toBeLessThan(Number(last));
  expect(browser.errors()).toEqual([]);
});

test('opening and closing a row moves nothing above it', async () => {
  const page = await openView();
  const top = async (index: number) => Math.round((await rowAt(page, index).boundingBox())!.y);
  const before = [await top(2), await top(3)];
  await rowAt(page, 3).getByTestId(table.expand).click();
  await page.getByTestId(details.container).waitFor();
  expect([await top(2), await top(3)]).toEqual(before);
  expect(await top(4)).toBeGreaterThan(before[1]! + 100);
  await rowAt(page, 3).getByTestId(table.expand).click();
  await page.getByTestId(details.container).waitFor({ state: 'detached' });
  expect([await top(2), await top(3)]).toEqual(before);
  expect(await top(4)).toBe(before[1]! + 48);
});

test('"View log" shows the entry while the pointer is on it', async () => {
  const page = await openView();
  const button = rowAt(page, 1).getByTestId(table.preview);
  expect(await button.isVisible()).toBe(false);
  await rowAt(page, 1).hover({ position: { x: 20, y: 20 } });
  await button.hover();
  const preview = page.getByTestId(table.previewText);
  await preview.waitFor();
  expect(JSON.parse(await preview.innerText())).toMatchObject({ description: history.entries[1]!.description });
  await screenshot(page, 'table-preview');
  await page.mouse.move(5, 5);
  await preview.waitFor({ state: 'detached' });
});

test.each(['light', 'dark'] as const)(
  'no serious accessibility problems in the column menu and in compact rows (%s)',
  async (theme) => {
    const page = await openView((tab) => site.show(tab.context(), { theme }));
    await page.getByRole('radio', { name: 'Compact' }).dispatchEvent('click');
    expect(await seriousProblems(page, `[data-testid="${table.container}"]`)).toEqual([]);
    await page.getByTestId(columns.open).click();
    await page.getByTestId(columns.menu).waitFor();
    expect(await seriousProblems(page, `[data-testid="${columns.menu}"]`)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('radio', { name: 'Comfortable' }).dispatchEvent('click');
  },
);

test(`${MANY} rows can be scrolled, and only visible ones are rendered`, async () => {
  const page = await openView((tab) => tab.route(/query_range\?/, fakeLoki));
  const scroller = page.getByTestId(table.scroller);
  await untilLoaded(page);
  await scroller.evaluate((one) => (one.scrollTop = 0));
  await rowAt(page, 0).getByTestId(table.expand).click();
  await page.getByTestId(details.container).waitFor();
  const run = await scroller.evaluate(
    (one) =>
      new Promise<{ fps: number; most: number; bare: number }>((done) => {
        const began = performance.now();
        let [frames, most, bare] = [0, 0, 0];
        const { left, top, height } = one.getBoundingClientRect();
        const step = (now: number) => {
          frames += 1;
          most = Math.max(most, one.querySelectorAll('[data-index]').length);
          if (!document.elementFromPoint(left + 40, top + height / 2)?.closest('[data-index]')) bare += 1;
          one.scrollTop += 240;
          if (now - began < 3_000) requestAnimationFrame(step);
          else done({ fps: (frames * 1_000) / (now - began), most, bare });
        };
        requestAnimationFrame(step);
      }),
  );
  // A low limit, because test machines are busy. The benchmark `page` measures the rate.
  expect(run.fps).toBeGreaterThan(10);
  expect(run.most).toBeLessThan(150);
  expect(run.bare).toBe(0);
  await scroller.evaluate((one) => (one.scrollTop = one.scrollHeight));
  await rowAt(page, MANY - 1).waitFor();
  expect(
    await rowAt(page, MANY - 1)
      .getByTestId(table.description)
      .innerText(),
  ).toBe(`entry ${MANY - 1}`);
}, 120_000);

async function untilLoaded(page: Page): Promise<void> {
  const scroller = page.getByTestId(table.scroller);
  const whole = page.locator(`[role="grid"][aria-rowcount="${MANY + 1}"]`);
  for (let tries = 0; tries < 600 && (await whole.count()) === 0; tries++) {
    await scroller.evaluate((one) => (one.scrollTop = one.scrollHeight));
    await page.waitForTimeout(50);
  }
  expect(await whole.count()).toBe(1);
}

// Writing this many entries to a real Loki would take minutes. Entry i is i milliseconds old.
async function fakeLoki(route: Route): Promise<void> {
  const params = new URL(route.request().url()).searchParams;
  if (params.get('step'))
    return route.fulfill({ json: { status: 'success', data: { resultType: 'matrix', result: [] } } });
  const newest = Date.parse(history.entries[0]!.time);
  const [start, end] = [BigInt(params.get('start')!), BigInt(params.get('end')!)];
  const values: Array<[string, string]> = [];
  const one = end - start === 1n;
  const first = Math.max(0, newest - Number((end - 1n) / 1_000_000n));
  for (let index = first; index < MANY && values.length < (one ? 1 : PER_RESPONSE); index++) {
    const ns = msToNs(newest - index);
    if (ns < start) break;
    if (ns < end) values.push([String(ns), lineOf(index, newest - index)]);
  }
  await route.fulfill({
    json: { status: 'success', data: { resultType: 'streams', result: [{ stream: {}, values }] } },
  });
}

function lineOf(index: number, ms: number): string {
  const id = `01930000-0000-7000-8000-${index.toString(16).padStart(12, '0')}`;
  const input = {
    action: 'product.updated',
    description: `entry ${index}`,
    actor: { type: 'user' as const, name: 'Ada Lovelace', email: 'ada@example.com' },
    target: { type: 'Product', id: String(index) },
  };
  return canonicalJson(completeEntry(input, { id, time: new Date(ms).toISOString(), service: 'many' }));
}

test('the details are as wide as the visible part of a table that scrolls sideways', async () => {
  const page = await openView();
  await page.setViewportSize({ width: 700, height: 900 });
  await rowAt(page, 0).getByTestId(table.expand).click();
  await page.getByTestId(details.relation('actor')).waitFor();
  const scroller = page.getByTestId(table.scroller);
  const measured = () =>
    scroller.evaluate((element, id) => {
      const { left } = element.getBoundingClientRect();
      const box = element.querySelector(`[data-testid="${id}"]`)?.getBoundingClientRect();
      return {
        isWide: element.scrollWidth > element.clientWidth,
        over: (box?.right ?? NaN) - left - element.clientWidth,
      };
    }, details.container);
  const before = await measured();
  expect(before.isWide).toBe(true);
  expect(before.over).toBeLessThanOrEqual(1);
  await scroller.evaluate((element) => element.scrollTo({ left: 120 }));
  expect((await measured()).over).toBeLessThanOrEqual(1);
  expect(browser.errors()).toEqual([]);
});
