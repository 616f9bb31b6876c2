import { join } from 'node:path';
import { AuditError } from '@auditrail/core';
import { exportEntry, type ExportEvent } from '@auditrail/core/own-entries';
import { createAuditLogger, type AuditEntryInput, type AuditLogger } from '@auditrail/sdk';
import { SYSTEM_ACTOR } from '../analyser/finding.ts';
import type { TenantTokens } from '../gateway-tokens/index.ts';
import { jobQuery, jobRange, type Caller, type ExportJob, type JobFile } from './export-job.ts';
import type { ServeLog } from './log.ts';
import { Problem } from './problem.ts';

export interface TrailOptions {
  /** OTLP base address of the collector. */
  endpoint: string;
  /** A token to write each tenant. */
  tokens: TenantTokens;
  /** Folder for entries that the collector has not accepted yet. */
  spool: string;
  log: ServeLog;
  /** Maximum time until an entry is accepted, in milliseconds; then the action is refused. Default: 10,000. */
  timeoutMs?: number;
}

/** Writes the keeper's own entries, about exports and what it found, into the trail that they are from. */
export class ExportTrail {
  readonly #options: TrailOptions;
  readonly #loggers = new Map<string, AuditLogger>();

  constructor(options: TrailOptions) {
    this.#options = options;
  }

  #logger(tenant: string): AuditLogger {
    const known = this.#loggers.get(tenant);
    if (known) return known;
    const { endpoint, tokens, spool, log } = this.#options;
    const logger = createAuditLogger({
      ...{ service: 'auditrail-keeper', tenant, endpoint, token: tokens.of(tenant, 'write') },
      // A tenant's name is a safe folder name.
      spool: join(spool, tenant),
      maxBackoffMs: 5_000,
      log: { warn: (text) => log('warn', 'trail', { text }), error: (text) => log('error', 'trail', { text }) },
    });
    this.#loggers.set(tenant, logger);
    return logger;
  }

  #entry(event: ExportEvent, job: ExportJob, caller: Caller | undefined, file?: JobFile): AuditEntryInput {
    const { id, request, result, error } = job;
    const files = file ? [file] : result?.files;
    return {
      ...exportEntry(event, {
        ...{ id, name: request.name, query: jobQuery(request), range: jobRange(request) },
        formats: file ? [file.format] : request.formats,
        ...(files && { files }),
        ...(event === 'failed' && { error: error ?? { message: 'unknown' } }),
      }),
      actor: caller?.actor ?? (event === 'expired' ? SYSTEM_ACTOR : job.actor),
      ...(caller && { authContext: caller.authContext }),
      ...(caller?.address && { source: { ip: caller.address } }),
    };
  }

  /**
   * Writes an entry and waits until the collector has accepted it: only then the action may be done.
   *
   * @throws Problem `TOKEN_MISSING`; `ENTRY_NOT_WRITTEN`. The entry may still arrive later: in doubt the trail has an
   *   entry too many, never one too few.
   */
  async recordDelivered(event: ExportEvent, job: ExportJob, caller: Caller, file?: JobFile): Promise<void> {
    const deliveryTimeoutMs = this.#options.timeoutMs ?? 10_000;
    try {
      const entry = this.#entry(event, job, caller, file);
      await this.#logger(job.tenant).record(entry, { wait: 'delivered', deliveryTimeoutMs });
    } catch (cause) {
      if (cause instanceof AuditError && cause.code === 'TOKEN_MISSING') {
        throw new Problem('TOKEN_MISSING', `The keeper has no token to write tenant ${job.tenant}`, {
          ...{ reason: cause.message, cause },
        });
      }
      const detail = 'The audit entry could not be written, so nothing was done. Check that the collector runs.';
      throw new Problem('ENTRY_NOT_WRITTEN', detail, { reason: String(cause), cause });
    }
  }

  /** Writes an entry about something that has happened; it is on disk when this resolves. */
  async recordStored(event: ExportEvent, job: ExportJob): Promise<void> {
    try {
      await this.#logger(job.tenant).record(this.#entry(event, job, undefined));
    } catch (error) {
      this.#options.log('error', 'entry not written', { action: event, export: job.id, reason: String(error) });
    }
  }

  /**
   * Writes an entry about what the keeper found; it is on disk when this resolves.
   *
   * @throws AuditError as `record` of the SDK does
   */
  async record(tenant: string, entry: AuditEntryInput): Promise<void> {
    await this.#logger(tenant).record(entry);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#loggers.values()].map((logger) => logger.shutdown({ timeoutMs: 3_000 })));
  }
}
