import type { ExportStore } from './export-store.ts';
import type { ServeLog } from './log.ts';
import type { ExportStorage } from './storage.ts';
import type { ExportTrail } from './trail.ts';

/** The row of an expired export (without files, to run it again) is deleted after this time. */
const FORGET_MS = 90 * 24 * 3_600_000;

interface ExpiryOptions {
  store: ExportStore;
  storage: ExportStorage;
  trail: Pick<ExportTrail, 'recordStored'>;
  log: ServeLog;
}

/**
 * Deletes the files of expired exports, files without an export, and the rows of exports that ended long ago. Run it at
 * least daily; a download checks the time itself.
 */
export async function expireExports({ store, storage, trail, log }: ExpiryOptions, now: number): Promise<void> {
  for (const job of store.withStatus('completed')) {
    if ((job.expiresMs ?? now) > now) continue;
    await storage.remove(job.id);
    // Recorded before it is marked: after a crash between the two, there are two entries, never none.
    await trail.recordStored('expired', job);
    if (store.move(job.id, ['completed'], 'expired')) log('info', 'export expired', { export: job.id });
  }
  // Listed first, so that files of an export that ends in the meantime are not included.
  const stored = await storage.ids();
  const kept = new Set([...store.withStatus('completed'), ...store.withStatus('running')].map(({ id }) => id));
  for (const id of stored) {
    if (kept.has(id)) continue;
    await storage.remove(id);
    log('warn', 'files without an export deleted', { export: id });
  }
  const ended = (['expired', 'failed', 'cancelled'] as const).flatMap((status) => store.withStatus(status));
  for (const { id, finishedMs = 0 } of ended) if (finishedMs + FORGET_MS < now) store.remove(id);
}
