import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AuditError } from '@auditrail/core';
import type { ManifestSigner } from '../export/signer.ts';
import type { ExportJob, JobProgress, JobResult } from './export-job.ts';
import type { ExportStore } from './export-store.ts';
import type { ServeLog } from './log.ts';
import type { ExportStorage } from './storage.ts';
import type { ExportTrail } from './trail.ts';

/** The input of the engine. */
interface EngineJob {
  job: ExportJob;
  /** The job's own folder: files of an interrupted run are used again. */
  folder: string;
  signal: AbortSignal;
  onProgress: (progress: JobProgress) => void;
}

/** The public half of the key that signs manifests. */
export type ManifestKey = Pick<ManifestSigner, 'keyId' | 'publicKey'>;

/** Writes the files of a job and its manifest into its folder. */
export interface Engine {
  (job: EngineJob): Promise<JobResult>;
  /** The key that signs manifests: callers with permission to read exports see it. */
  signer?: ManifestKey;
}

export interface JobsOptions {
  store: ExportStore;
  storage: ExportStorage;
  trail: Pick<ExportTrail, 'recordStored'>;
  engine: Engine;
  log: ServeLog;
  /** Folder for running exports. */
  workFolder: string;
  /** Maximum number of exports that run at the same time. */
  concurrency: number;
  /** Maximum bytes of all exports together. */
  maxBytes: number;
  /** How long the files of an export are kept. */
  keepMs: number;
  now?: () => number;
}

class Stopped extends Error {}
class Cancelled extends Error {}
class OverBudget extends Error {}

const PROGRESS_EVERY_MS = 500;

function failureOf(error: unknown, maxBytes: number): { code: string; message: string } {
  if (error instanceof OverBudget) {
    const message = `all exports together would exceed the limit of ${maxBytes} bytes: delete some`;
    return { code: 'STORAGE_LIMIT', message };
  }
  const message = (error instanceof Error ? error.message : String(error)).slice(0, 500);
  if (error instanceof AuditError) return { code: error.code, message };
  return { code: (error as NodeJS.ErrnoException).code === 'ENOSPC' ? 'EXPORT_UNWRITABLE' : 'INTERNAL', message };
}

/**
 * Runs exports, a few at a time, the oldest first. The database contains the jobs, and each job's folder what it wrote:
 * after a crash a job continues from there.
 */
export class Jobs {
  readonly #options: JobsOptions;
  readonly #now: () => number;
  readonly #running = new Map<string, { abort: AbortController; ended: Promise<void> }>();
  readonly #bytes = new Map<string, number>();
  #stopped = false;

  constructor(options: JobsOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** Continues interrupted exports, and starts queued ones. */
  async start(): Promise<void> {
    const { store, workFolder, log } = this.#options;
    for (const { id } of store.withStatus('running')) {
      store.move(id, ['running'], 'queued');
      log('info', 'export continues', { export: id });
    }
    const waiting = new Set(store.withStatus('queued').map(({ id }) => id));
    await mkdir(workFolder, { recursive: true, mode: 0o700 });
    for (const id of await readdir(workFolder)) {
      if (!waiting.has(id)) await rm(join(workFolder, id), { recursive: true, force: true });
    }
    this.pump();
  }

  /** Starts as many queued exports as may run. */
  pump(): void {
    const { store, concurrency } = this.#options;
    if (this.#stopped || this.#running.size >= concurrency) return;
    for (const job of store.withStatus('queued').slice(0, concurrency - this.#running.size)) {
      if (!store.move(job.id, ['queued'], 'running', { startedMs: this.#now() })) continue;
      const abort = new AbortController();
      const ended = this.#run(job, abort).finally(() => {
        this.#running.delete(job.id);
        this.#bytes.delete(job.id);
        this.pump();
      });
      this.#running.set(job.id, { abort, ended });
    }
  }

  async #run(job: ExportJob, abort: AbortController): Promise<void> {
    const { store, storage, trail, engine, log, workFolder, keepMs, maxBytes } = this.#options;
    const folder = join(workFolder, job.id);
    let shownMs = 0;
    const onProgress = (progress: JobProgress) => {
      this.#bytes.set(job.id, progress.bytes);
      const now = this.#now();
      if (now - shownMs < PROGRESS_EVERY_MS) return;
      shownMs = now;
      store.setProgress(job.id, progress);
      if (this.#totalBytes() > maxBytes) abort.abort(new OverBudget());
    };
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      if (store.storedBytes() >= maxBytes) throw new OverBudget();
      const result = await engine({ job, folder, signal: abort.signal, onProgress });
      abort.signal.throwIfAborted();
      await storage.keep(job.id, folder);
      const finishedMs = this.#now();
      const change = { finishedMs, expiresMs: finishedMs + keepMs, result };
      if (!store.move(job.id, ['running'], 'completed', change)) await storage.remove(job.id);
      else log('info', 'export completed', { export: job.id, rows: result.rows });
    } catch (error) {
      const cause: unknown = abort.signal.aborted ? abort.signal.reason : error;
      // Stopped: it stays running in the database, and continues after the next start.
      if (cause instanceof Stopped) return;
      await rm(folder, { recursive: true, force: true });
      await storage.remove(job.id).catch(() => undefined);
      if (cause instanceof Cancelled) return;
      const failure = failureOf(cause, maxBytes);
      log('error', 'export failed', { export: job.id, code: failure.code, reason: failure.message });
      if (store.move(job.id, ['running'], 'failed', { finishedMs: this.#now(), error: failure })) {
        await trail.recordStored('failed', { ...job, error: failure });
      }
    }
  }

  #totalBytes(): number {
    return this.#options.store.storedBytes() + [...this.#bytes.values()].reduce((sum, bytes) => sum + bytes, 0);
  }

  /** Cancels a queued or running job; `false` if it is neither. Resolves when its files are deleted. */
  async cancel(id: string): Promise<boolean> {
    if (!this.#options.store.move(id, ['queued', 'running'], 'cancelled', { finishedMs: this.#now() })) return false;
    const running = this.#running.get(id);
    running?.abort.abort(new Cancelled());
    await running?.ended;
    return true;
  }

  /** Interrupts running exports, so that the next start continues them. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const { abort } of this.#running.values()) abort.abort(new Stopped());
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
  }
}
