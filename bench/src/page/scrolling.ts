import type { Page } from 'playwright-core';
import { testIds } from '../../../grafana-plugin/src/components/testIds.ts';
import { round } from '../figures.ts';

const { table } = testIds;
const MEASURED_MS = 5_000;
const WHEEL = 600;

/** Loads up to `maxRows` rows in up to `maxMs` milliseconds, then measures the frame rate while scrolling through them. */
export async function measureScrolling(page: Page, maxRows: number, maxMs: number) {
  const box = await page.getByTestId(table.container).boundingBox();
  if (!box) throw new Error('the page has no table');
  await page.mouse.move(box.x + box.width / 2, box.y + Math.min(box.height, 600) / 2);
  const deadline = Date.now() + maxMs;
  let rows = await lastRow(page);
  while (rows < maxRows && Date.now() < deadline) {
    await page.mouse.wheel(0, 1_000_000);
    await page.waitForTimeout(50);
    rows = Math.max(rows, await lastRow(page));
  }
  // Scrolls up through loaded rows, so that nothing is read.
  const frames = page.evaluate(
    (ms) =>
      new Promise<number[]>((resolve) => {
        const times: number[] = [];
        const tick = (now: number) => {
          times.push(now);
          if (now - (times[0] ?? now) < ms) requestAnimationFrame(tick);
          else resolve(times);
        };
        requestAnimationFrame(tick);
      }),
    MEASURED_MS,
  );
  let measuring = true;
  const ended = frames.then(() => (measuring = false));
  while (measuring) await page.mouse.wheel(0, -WHEEL);
  await ended;
  const times = await frames;
  const gaps = times
    .slice(1)
    .map((time, i) => time - (times[i] ?? time))
    .sort((a, b) => a - b);
  const seconds = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1000;
  return {
    scroll_fps: round((times.length - 1) / seconds),
    scroll_rows: rows,
    scroll_frame_p99_ms: Math.round(gaps[Math.floor(gaps.length * 0.99)] ?? 0),
  };
}

// The number of the last rendered row. Only visible rows are rendered.
const lastRow = (page: Page) =>
  page.getByTestId(table.row).evaluateAll((rows) => {
    const numbers = rows.map((row) => Number(row.getAttribute('aria-rowindex') ?? 0));
    return Math.max(rows.length, ...numbers);
  });
