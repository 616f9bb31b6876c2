import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

// Grafana's own: the arrow of 12.2's combobox, and the zone in its time picker, orange on light grey, both mended in later
// versions; the time picker's name, which leaves out the zone.
const OF_GRAFANA = new RegExp(
  [
    '^aria-allowed-attr.*id="downshift-[^"]*-toggle-button"',
    '^color-contrast.*foreground color: #eb7b18.*<span class="[^"]*">UTC</span>',
    '^label-content-name-mismatch.*TimePicker Open',
  ].join('|'),
);

/**
 * What axe finds wrong on the page, of serious or critical impact: the rule, why, and the element that breaks it.
 * @param within a selector of the part to look at; the whole page by default
 */
export async function seriousProblems(page: Page, within = 'html'): Promise<string[]> {
  const resolve = createRequire(join(import.meta.dirname, 'accessibility.ts')).resolve;
  // Colours are judged at rest: nothing under the pointer, nothing half faded.
  await page.mouse.move(0, 0);
  await page.waitForFunction(() =>
    document
      .getAnimations()
      .every((one) => one.playState !== 'running' || one.effect?.getTiming().iterations === Infinity),
  );
  // Evaluated, not added as a script element, which the page's policy would refuse.
  await page.evaluate(await readFile(resolve('axe-core/axe.min.js'), 'utf8'));
  const { violations } = await page.evaluate(
    (selector) => (window as unknown as { axe: { run(s: string): Promise<AxeResults> } }).axe.run(selector),
    within,
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html, any }) => `${id}: ${any[0]?.message ?? ''} ${html.slice(0, 200)}`))
    .filter((problem) => !OF_GRAFANA.test(problem));
}
