import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { msToNs } from '@auditrail/core';
import { startStack } from '@auditrail/stack';
import { openBrowser } from '../../../e2e/browser.ts';
import { startHost } from '../../../stack/host/index.ts';
import { appSettings } from '../../../stack/host/settings.ts';
import { ensurePlugin, PLUGIN_DIST } from '../../../stack/src/check/plugin-build.ts';
import type { Benchmark } from '../benchmark.ts';
import { discard, withoutTimeSharding, loadEntries } from '../load-entries.ts';
import { measurePage } from './measure-page.ts';
import { measureLoki } from './raw-loki.ts';

const TENANT = 'page';
const DAYS_MS = 30 * 24 * 3_600_000;

/** Measures the speed of the audit page in a browser, with a month of entries in a real Loki. */
export const page: Benchmark = async ({ quick, entries = quick ? 200_000 : 2_000_000, seed, log }) => {
  const folder = mkdtempSync(join(tmpdir(), 'auditrail-bench-'));
  const progress = { log, update: log };
  await ensurePlugin(progress);
  const overrides = join(folder, 'overrides.yaml');
  writeFileSync(overrides, withoutTimeSharding(TENANT));
  const stack = await startStack({ overrides, progress });
  try {
    const { urls } = stack;
    const end = Math.floor(Date.now() / 1000) * 1000;
    const range = { start: msToNs(end - DAYS_MS), end: msToNs(end) };
    const began = performance.now();
    await loadEntries({ loki: urls.loki, tenant: TENANT, entries, range, seed, log });
    const loadSeconds = Math.round((performance.now() - began) / 1000);
    log(`loaded in ${loadSeconds} s`);
    const host = await startHost({
      pluginDir: PLUGIN_DIST,
      settings: appSettings(urls.gateway, stack.tokensFor(TENANT).grafana),
    });
    const browser = await openBrowser();
    try {
      const measured = await measurePage(browser, host.url, { quick, range });
      const raw = await measureLoki(stack, TENANT, range);
      return {
        entries,
        ...measured,
        ...raw,
        first_rows_ratio_loki: ratio(measured.first_rows_ms, raw.loki_rows_ms),
        user_filter_ratio_loki: ratio(measured.user_filter_ms, raw.loki_user_ms),
        load_seconds: loadSeconds,
      };
    } finally {
      await browser.close();
      await host.stop();
    }
  } finally {
    await discard(stack);
    rmSync(folder, { recursive: true, force: true });
  }
};

const ratio = (ours: number, raw: number) => Number((ours / Math.max(1, raw)).toPrecision(3));
