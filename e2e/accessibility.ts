import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

// Problems of Grafana itself: the arrow of the combobox and the contrast of the zone in the time picker (12.2, fixed in later
// versions), and the accessible name of the time picker.
const GRAFANA_PROBLEMS = new RegExp(
  [
    '^aria-allowed-attr.*id="downshift-[^"]*-toggle-button"',
    '^color-contrast.*foreground color: #eb7b18.*<span class="[^"]*">UTC</span>',
    '^label-content-name-mismatch.*TimePicker Open',
  ].join('|'),
);

/**
 * Problems of serious or critical impact that axe finds on the page: rule, message and element.
 *
 * @param within a selector of the part to check. Default: the whole page.
 */
export async function seriousProblems(page: Page, within = 'html'): Promise<string[]> {
  const resolve = createRequire(join(import.meta.dirname, 'accessibility.ts')).resolve;
  // Wait until nothing is hovered or animated, which affects colors.
  await page.mouse.move(0, 0);
  await page.waitForFunction(() =>
    document
      .getAnimations()
      .every((one) => one.playState !== 'running' || one.effect?.getTiming().iterations === Infinity),
  );
  // The page's content security policy forbids a script element.
  await page.evaluate(await readFile(resolve('axe-core/axe.min.js'), 'utf8'));
  const { violations } = await page.evaluate(
    (selector) => (window as unknown as { axe: { run(s: string): Promise<AxeResults> } }).axe.run(selector),
    within,
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html, any }) => `${id}: ${any[0]?.message ?? ''} ${html.slice(0, 200)}`))
    .filter((problem) => !GRAFANA_PROBLEMS.test(problem));
}
