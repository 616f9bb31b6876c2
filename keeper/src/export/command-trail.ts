import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { AuditError, statedEnd } from '@auditrail/core';
import { exportEntry, type ExportEvent } from '@auditrail/core/own-entries';
import { type EntryQuery, type TimeRange } from '@auditrail/core/query';
import { createAuditLogger, type AuditEntryInput, type AuditLogger } from '@auditrail/sdk';
import type { ExportedFile } from './manifest.ts';

/** The audit entry about an export could not be written, so nothing is handed out. */
export class EntryError extends Error {}

export interface CommandTrailOptions {
  endpoint: string;
  token: string;
  tenant: string;
  /** Maximum time until the collector accepts an entry, in milliseconds. Default: 15,000. */
  timeoutMs?: number;
  /** The fields of every entry about this export. */
  what: { name: string; query: EntryQuery; range: TimeRange; formats: readonly string[] };
}

const silent = { warn: () => undefined, error: () => undefined };

/**
 * Writes entries about the command into the trail that it exports from, with the account that runs it as the actor. All
 * entries of a run are one chain with marks at its beginning and end: none of them can be removed unnoticed.
 */
export class CommandTrail {
  readonly #options: CommandTrailOptions;
  readonly #id = randomUUID();
  #spool: string | undefined;
  #logger: AuditLogger | undefined;

  constructor(options: CommandTrailOptions) {
    this.#options = options;
  }

  /**
   * Writes an entry and waits until the collector has it.
   *
   * @throws EntryError; the entry may still have arrived: in doubt the trail has an entry too many, never one too few
   */
  async recordDelivered(
    event: ExportEvent,
    more: { files?: readonly ExportedFile[]; error?: unknown } = {},
  ): Promise<void> {
    const { timeoutMs = 15_000 } = this.#options;
    try {
      await this.#open().record(this.#entry(event, more), { wait: 'delivered', deliveryTimeoutMs: timeoutMs });
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new EntryError(`the audit entry of this export cannot be written: ${reason}`, { cause });
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

  #entry(event: ExportEvent, { files, error }: { files?: readonly ExportedFile[]; error?: unknown }): AuditEntryInput {
    const { range } = this.#options.what;
    const { username } = userInfo();
    const code = error instanceof AuditError ? { code: error.code } : {};
    const message = error instanceof Error ? error.message : String(error);
    return {
      ...exportEntry(event, {
        ...this.#options.what,
        id: this.#id,
        range: { start: range.start, end: statedEnd(range) },
        ...(files && { files }),
        ...(error !== undefined && { error: { ...code, message } }),
      }),
      actor: { type: 'user', id: `${username}@${hostname()}`, name: username },
      authContext: 'command',
    };
  }
}
