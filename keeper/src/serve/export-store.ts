import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { uuidv7 } from 'uuidv7';
import { z } from 'zod';
import {
  STATUSES,
  type Caller,
  type ExportJob,
  type ExportRequest,
  type JobProgress,
  type JobResult,
  type Status,
} from './export-job.ts';

const optional = z
  .number()
  .nullable()
  .transform((value) => value ?? undefined);
// Written by this file only, so the JSON has these types.
const json = <T>() => z.string().transform((text) => JSON.parse(text) as T);
const optionalJson = <T>() =>
  z
    .string()
    .nullable()
    .transform((text) => (text === null ? undefined : (JSON.parse(text) as T)));

const rowSchema = z.object({
  id: z.string(),
  tenant: z.string(),
  request: json<ExportRequest>(),
  actor: json<Caller['actor']>(),
  status: z.enum(STATUSES),
  created_ms: z.number(),
  started_ms: optional,
  finished_ms: optional,
  expires_ms: optional,
  progress: optionalJson<JobProgress>(),
  result: optionalJson<JobResult>(),
  error: optionalJson<{ code: string; message: string }>(),
});

function toJob(row: unknown): ExportJob {
  const { created_ms, started_ms, finished_ms, expires_ms, progress, result, error, ...same } = rowSchema.parse(row);
  return {
    ...same,
    createdMs: created_ms,
    ...(started_ms !== undefined && { startedMs: started_ms }),
    ...(finished_ms !== undefined && { finishedMs: finished_ms }),
    ...(expires_ms !== undefined && { expiresMs: expires_ms }),
    ...(progress && { progress }),
    ...(result && { result }),
    ...(error && { error }),
  };
}

/** Fields that change with the status. */
export interface StatusChange {
  startedMs?: number;
  finishedMs?: number;
  expiresMs?: number;
  result?: JobResult;
  error?: { code: string; message: string };
}

/** The stored exports. Queries for a caller include its tenant, so they never return rows of another tenant. */
export class ExportStore {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  #all(sql: string, ...values: SQLInputValue[]): ExportJob[] {
    return this.#db
      .prepare(sql)
      .all(...values)
      .map(toJob);
  }

  /** A new export with a new id; it is not stored before {@link add}. */
  draft(tenant: string, request: ExportRequest, actor: Caller['actor'], createdMs: number): ExportJob {
    return { id: uuidv7(), tenant, request, actor, status: 'queued', createdMs };
  }

  add({ id, tenant, request, actor, status, createdMs }: ExportJob): void {
    this.#db
      .prepare(
        'INSERT INTO exports (id, tenant, name, request, actor, status, created_ms) VALUES (?, ?, ?, ?, ?, ?, ?)',
      )
      .run(id, tenant, request.name, JSON.stringify(request), JSON.stringify(actor), status, createdMs);
  }

  get(tenant: string, id: string): ExportJob | undefined {
    return this.#all('SELECT * FROM exports WHERE tenant = ? AND id = ?', tenant, id)[0];
  }

  /** Newest first; `before` is the last id of the previous page. */
  list(tenant: string, limit: number, before = '~'): ExportJob[] {
    return this.#all(
      'SELECT * FROM exports WHERE tenant = ? AND id < ? ORDER BY id DESC LIMIT ?',
      tenant,
      before,
      limit,
    );
  }

  count(tenant: string, statuses: readonly Status[] = STATUSES): number {
    const marks = statuses.map(() => '?').join(', ');
    const row = this.#db
      .prepare(`SELECT count(*) AS n FROM exports WHERE tenant = ? AND status IN (${marks})`)
      .get(tenant, ...statuses);
    return Number(row?.['n']);
  }

  /** Exports of all tenants, oldest first. */
  withStatus(status: Status): ExportJob[] {
    return this.#all('SELECT * FROM exports WHERE status = ? ORDER BY id', status);
  }

  /** Bytes of the files of finished exports of all tenants. */
  storedBytes(): number {
    const files = this.withStatus('completed').flatMap(({ result }) => result?.files ?? []);
    return files.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Changes the status if it is still one of `from`; `false` if it was changed before. */
  move(id: string, from: readonly Status[], to: Status, change: StatusChange = {}): boolean {
    const marks = from.map(() => '?').join(', ');
    const { changes } = this.#db
      .prepare(
        `UPDATE exports SET status = ?, started_ms = coalesce(?, started_ms), finished_ms = coalesce(?, finished_ms),
           expires_ms = coalesce(?, expires_ms), result = coalesce(?, result), error = coalesce(?, error)
         WHERE id = ? AND status IN (${marks})`,
      )
      .run(
        to,
        change.startedMs ?? null,
        change.finishedMs ?? null,
        change.expiresMs ?? null,
        change.result ? JSON.stringify(change.result) : null,
        change.error ? JSON.stringify(change.error) : null,
        id,
        ...from,
      );
    return changes === 1;
  }

  setProgress(id: string, progress: JobProgress): void {
    this.#db
      .prepare("UPDATE exports SET progress = ? WHERE id = ? AND status = 'running'")
      .run(JSON.stringify(progress), id);
  }

  remove(id: string): void {
    this.#db.prepare('DELETE FROM exports WHERE id = ?').run(id);
  }
}
