import type { Readable } from 'node:stream';
import { parseTime } from '@auditrail/core';
import { EXPORT_FORMATS, type ExportFormatId } from '@auditrail/core/formats';
import { filterProblem } from '@auditrail/core/query';
import { rangeProblem } from '../export/check-options.ts';
import { jobRange, type Caller, type ExportJob, type ExportRequest } from './export-job.ts';
import type { ExportStore } from './export-store.ts';
import { fileNameOf } from './file-name.ts';
import type { Jobs } from './jobs.ts';
import { Problem } from './problem.ts';
import { BOUNDS } from './schemas.ts';
import type { ExportStorage } from './storage.ts';
import type { ExportTrail } from './trail.ts';
import { zipStream, type ZipEntry } from './zip.ts';

export interface ServiceOptions {
  store: ExportStore;
  storage: ExportStorage;
  trail: Pick<ExportTrail, 'recordDelivered'>;
  jobs: Pick<Jobs, 'pump' | 'cancel'>;
  now?: () => number;
}

function checkRequest(request: ExportRequest): void {
  const times = [request.from, request.to].map(parseTime);
  const problem = times.includes(undefined)
    ? 'from and to are RFC 3339 times in UTC'
    : (rangeProblem(jobRange(request)) ??
      request.filters.map((filter) => filterProblem(filter)?.message).find(Boolean));
  if (problem !== undefined) throw new Problem('UNPROCESSABLE', problem);
}

/**
 * The operations of callers on exports. Every export is looked up within the caller's tenant: others do not exist for it.
 */
export class ExportService {
  readonly #options: ServiceOptions;
  readonly #now: () => number;
  // Number of accepted exports by tenant that are not in the store yet, because their entry is not written.
  readonly #starting = new Map<string, number>();

  constructor(options: ServiceOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  list({ tenant }: Caller, limit: number, before?: string): ExportJob[] {
    return this.#options.store.list(tenant, limit, before).map((job) => this.#withExpiry(job));
  }

  count({ tenant }: Caller): number {
    return this.#options.store.count(tenant);
  }

  get({ tenant }: Caller, id: string): ExportJob {
    const job = this.#options.store.get(tenant, id);
    if (!job)
      throw new Problem('NOT_FOUND', 'There is no such export', { reason: `no export ${id} of tenant ${tenant}` });
    return this.#withExpiry(job);
  }

  // An export also expires between two runs of the cleanup.
  #withExpiry(job: ExportJob): ExportJob {
    const over = job.status === 'completed' && (job.expiresMs ?? 0) <= this.#now();
    return over ? { ...job, status: 'expired' } : job;
  }

  async start(caller: Caller, request: ExportRequest): Promise<ExportJob> {
    const { store, trail, jobs } = this.#options;
    const { tenant } = caller;
    checkRequest(request);
    const starting = this.#starting.get(tenant) ?? 0;
    if (store.count(tenant, ['queued', 'running']) + starting >= BOUNDS.unfinished) {
      throw new Problem('TOO_MANY_EXPORTS', `${BOUNDS.unfinished} exports are queued or running: wait, or cancel some`);
    }
    if (store.count(tenant) + starting >= BOUNDS.exports) {
      throw new Problem('TOO_MANY_EXPORTS', `There are ${BOUNDS.exports} exports already: delete some`);
    }
    this.#starting.set(tenant, starting + 1);
    const job = store.draft(tenant, request, caller.actor, this.#now());
    try {
      await trail.recordDelivered('created', job, caller);
      store.add(job);
    } finally {
      const left = (this.#starting.get(tenant) ?? 1) - 1;
      if (left > 0) this.#starting.set(tenant, left);
      else this.#starting.delete(tenant);
    }
    jobs.pump();
    return this.get(caller, job.id);
  }

  async rerun(caller: Caller, id: string): Promise<ExportJob> {
    return this.start(caller, this.get(caller, id).request);
  }

  async cancel(caller: Caller, id: string): Promise<ExportJob> {
    const { jobs, trail } = this.#options;
    const job = this.get(caller, id);
    if (job.status !== 'queued' && job.status !== 'running') {
      throw new Problem('WRONG_STATE', `The export is ${job.status}: only a queued or running one can be cancelled`);
    }
    await trail.recordDelivered('cancelled', job, caller);
    await jobs.cancel(id);
    return this.get(caller, id);
  }

  async remove(caller: Caller, id: string): Promise<void> {
    const { jobs, trail, storage, store } = this.#options;
    const job = this.get(caller, id);
    await trail.recordDelivered('deleted', job, caller);
    await jobs.cancel(id);
    await storage.remove(id);
    store.remove(id);
  }

  /** A file of a finished export with its manifest, as a ZIP. The entry about it is written before the first byte. */
  async download(caller: Caller, id: string, format: ExportFormatId): Promise<{ name: string; zip: Readable }> {
    const { storage, trail } = this.#options;
    const job = this.get(caller, id);
    if (job.status === 'expired') throw new Problem('EXPIRED', 'The files are deleted: run the export again');
    if (job.status !== 'completed' || !job.result) {
      throw new Problem('WRONG_STATE', `The export is ${job.status}: only a completed one can be downloaded`);
    }
    const { files, manifest } = job.result;
    const file = files.find((each) => each.format === format);
    if (!file) throw new Problem('NOT_FOUND', `The export has no ${format}`);
    // The user's name is only in the ZIP's own name: inside are the names in the manifest.
    const inZip: ZipEntry[] = [
      { name: file.name, bytes: file.bytes, sha256: file.sha256, open: () => storage.read(id, file.name) },
      { name: manifest, open: () => storage.read(id, manifest) },
    ];
    await trail.recordDelivered('downloaded', job, caller, file);
    const day = job.request.to.slice(0, 10);
    const { extension } = EXPORT_FORMATS[format];
    const name = `${fileNameOf(job.request.name)}-${day}.${extension}.zip`;
    return { name, zip: zipStream(inZip, new Date(job.finishedMs ?? this.#now())) };
  }
}
