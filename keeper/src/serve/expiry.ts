import type { ExportStore } from './export-store.ts';
import type { ServeLog } from './log.ts';
import type { ExportStorage } from './storage.ts';
import type { ExportTrail } from './trail.ts';

/** What is left of an expired export (its row, without files, to run it again) goes after this time. */
const FORGET_MS = 90 * 24 * 3_600_000;

interface ExpiryOptions {
  store: ExportStore;
  storage: ExportStorage;
  trail: Pick<ExportTrail, 'tell'>;
  log: ServeLog;
}

/**
 * Deletes the files of exports whose time is over, those that no export has any more, and forgets what ended long ago.
 * Run it at least daily; a download asks for the time itself.
 */
export async function expireExports({ store, storage, trail, log }: ExpiryOptions, now: number): Promise<void> {
  for (const job of store.withStatus('completed')) {
    if ((job.expiresMs ?? now) > now) continue;
    await storage.remove(job.id);
    // Told before it is marked: a crash between the two says it twice, and never not at all.
    await trail.tell('expired', job);
    if (store.move(job.id, ['completed'], 'expired')) log('info', 'export expired', { export: job.id });
  }
  // Listed first: what an export that ends meanwhile puts there is not among them.
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
