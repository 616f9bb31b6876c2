import { mkdtempSync, rmSync } from 'node:fs';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { AuditError, formatTime, statedEnd } from '@auditrail/core';
import { type EntryQuery, type TimeRange } from '@auditrail/core/query';
import { createAuditLogger, type AuditEntryInput, type AuditLogger } from '@auditrail/sdk';
import type { ExportedFile } from './manifest.ts';

/** The audit entry of an export could not be written: nothing is handed out. */
export class EntryError extends Error {}

export interface CommandTrailOptions {
  endpoint: string;
  token: string;
  tenant: string;
  /** How long the collector may take for an entry, in milliseconds. Default 15,000. */
  timeoutMs?: number;
  /** What every entry of this export says. */
  what: { query: EntryQuery; range: TimeRange; formats: readonly string[] };
}

type Event = 'created' | 'downloaded' | 'failed';

const silent = { warn: () => undefined, error: () => undefined };

/**
 * Writes what the command does into the trail that it exports from, under the name of the account that runs it. All entries
 * of a run are one chain, whose marks tell its beginning and end: none of them can be taken away unseen.
 */
export class CommandTrail {
  readonly #options: CommandTrailOptions;
  #spool: string | undefined;
  #logger: AuditLogger | undefined;

  constructor(options: CommandTrailOptions) {
    this.#options = options;
  }

  /**
   * Writes an entry and waits until the collector has it.
   *
   * @throws EntryError; the entry may have arrived all the same: in doubt the trail says more than was done, never less
   */
  async demand(event: Event, more: { files?: readonly ExportedFile[]; error?: unknown } = {}): Promise<void> {
    const { endpoint, timeoutMs = 15_000 } = this.#options;
    let timer: NodeJS.Timeout | undefined;
    try {
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error(`${endpoint} took nothing for ${timeoutMs / 1000} s`)), timeoutMs);
      });
      await Promise.race([this.#open().record(this.#entry(event, more), { wait: 'delivered' }), late]);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new EntryError(`the audit entry of this export cannot be written: ${reason}`, { cause });
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    await this.#logger?.shutdown({ timeoutMs: 1_000 }).catch(() => undefined);
    if (this.#spool !== undefined) rmSync(this.#spool, { recursive: true, force: true });
  }

  #open(): AuditLogger {
    if (this.#logger) return this.#logger;
    const { endpoint, token, tenant } = this.#options;
    const spool = (this.#spool = mkdtempSync(join(tmpdir(), 'auditrail-export-entry-')));
    this.#logger = createAuditLogger({ service: 'auditrail-keeper', tenant, endpoint, token, spool, log: silent });
    return this.#logger;
  }

  #entry(event: Event, { files, error }: { files?: readonly ExportedFile[]; error?: unknown }): AuditEntryInput {
    const { query, range, formats } = this.#options.what;
    const { username } = userInfo();
    const code = error instanceof AuditError ? { code: error.code } : {};
    const message = error instanceof Error ? error.message : String(error);
    return {
      action: `audit.export.${event}`,
      channel: 'audit',
      description: `Audit log export ${event}`,
      actor: { type: 'user', id: `${username}@${hostname()}`, name: username },
      authContext: 'command',
      target: { type: 'export' },
      ...(error !== undefined && { error: { ...code, message } }),
      properties: {
        formats: [...formats],
        range: { from: formatTime(range.start), to: formatTime(statedEnd(range)) },
        filters: (query.filters ?? []).map(({ field, operator, values }) => ({ field, operator, values })),
        ...(query.search && { search: query.search }),
        ...(files && {
          rows: files[0]?.rows ?? 0,
          files: files.map(({ format, bytes, sha256 }) => ({ format, bytes, sha256 })),
        }),
      },
    };
  }
}
