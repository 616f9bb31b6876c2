import type { ServeLog } from '../serve/log.ts';
import type { ArchiveStore } from './archive-store.ts';
import { endOfDayMs, manifestKey, parquetKey, parseKey } from './day-key.ts';
import { readManifest } from './read-manifest.ts';

/**
 * Deletes archived days whose period is over, and logs each. The manifest, when it was written, fixed the end of the period:
 * a shorter one that is configured later does not apply to it. What the bucket protects, or has no readable manifest, stays.
 */
export async function expireDays(
  store: ArchiveStore,
  { keepMs, nowMs, log }: { keepMs: number; nowMs: number; log: ServeLog },
): Promise<void> {
  for await (const key of store.list('tenant=')) {
    const of = parseKey(key);
    // No manifest promises less than the period from the end of its day.
    if (of?.kind !== 'manifest' || endOfDayMs(of.day) + keepMs > nowMs) continue;
    const { tenant, day, revision } = of;
    const about = { tenant, day, revision, archive: store.address };
    try {
      const { manifest } = await readManifest(store, tenant, of);
      if (Date.parse(manifest.keepUntil) > nowMs) continue;
      // The manifest last, because it is what the next attempt finds.
      const isGone =
        (await store.remove(parquetKey(tenant, of))) === 'removed' &&
        (await store.remove(manifestKey(tenant, of))) === 'removed';
      if (isGone) log('info', 'archived day deleted after its period', { ...about, entries: manifest.entries });
      else log('warn', 'the bucket protects an archived day whose period is over, or refuses to delete it', about);
    } catch (error) {
      log('error', 'an archived day could not be deleted after its period', { ...about, reason: String(error) });
    }
  }
}
