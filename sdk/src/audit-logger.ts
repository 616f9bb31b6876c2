import { isSpanContextValid, trace } from '@opentelemetry/api';
import {
  AuditError,
  canonicalJson,
  completeEntry,
  formatTime,
  LIMITS,
  parseTime,
  utf8Bytes,
  type AuditEntry,
  type AuditEntryInput,
} from '@auditrail/core';
import { uuidv7 } from 'uuidv7';
import { Chain, lineHash } from './chain.ts';
import { risingClock } from './clock.ts';
import { fileDeadLetters } from './dead-letters.ts';
import { FileSpool } from './file-spool.ts';
import { GroupWriter } from './group-writer.ts';
import type { OperatorLog } from './log.ts';
import { otlpTransport } from './otlp-transport.ts';
import { Sender } from './sender.ts';

export interface AuditLoggerOptions {
  /** OpenTelemetry's `service.name`: which application writes. */
  service: string;
  /** Folder for undelivered entries, for this process alone, on a disk that survives a restart. */
  spool: string;
  /** Loki's tenant, sent as `X-Scope-OrgID`. Default `audit`. */
  tenant?: string | undefined;
  /** OTLP base address of the collector. Default `http://localhost:4318`. */
  endpoint?: string | undefined;
  /** The collector's bearer token. */
  token?: string | undefined;
  /** Further headers of every request. */
  headers?: Record<string, string> | undefined;
  /** Undelivered bytes at which `record()` rejects with `SPOOL_FULL`. Default 1 GiB. */
  spoolMaxBytes?: number | undefined;
  /** Milliseconds for one request to the collector. Default 10,000. */
  timeoutMs?: number | undefined;
  /** Longest pause between two tries, in milliseconds. Default 30,000. */
  maxBackoffMs?: number | undefined;
  /** Where warnings go. Default the console. */
  log?: OperatorLog | undefined;
}

/** Proof that an entry is on disk: keep `hash` where the action's own record is kept, and the entry can be found and checked. */
export interface Receipt {
  id: string;
  /** RFC 3339 UTC with nanoseconds. */
  time: string;
  /** Place in this emitter's chain, from 1. */
  seq: number;
  /** SHA-256 of the entry's line, 64 hex digits. */
  hash: string;
}

export interface AuditLogger {
  /**
   * Writes one entry. Resolves once it is on disk (fsync): from then on it reaches Loki, whatever crashes.
   *
   * @throws AuditError (as a rejection) `INVALID_ENTRY`, `ENTRY_TOO_LARGE`, `NOT_CANONICAL`, `SPOOL_FULL`, `SPOOL_UNAVAILABLE`, `CLOSED`: the entry is
   *   then nowhere, and the action it tells of should not happen.
   */
  record(entry: AuditEntryInput): Promise<Receipt>;
  /**
   * Waits until the collector has accepted all entries recorded so far.
   *
   * @param options.timeoutMs default 30,000
   * @throws AuditError `DELIVERY_TIMEOUT`; the entries stay in the spool and are tried on.
   */
  flush(options?: { timeoutMs?: number }): Promise<void>;
  /**
   * Takes no more entries, gives delivery `timeoutMs` (default 5,000), then closes the spool. What is left goes out at the
   * next start.
   */
  shutdown(options?: { timeoutMs?: number }): Promise<{ pending: number }>;
  /** Entries on disk that the collector has not accepted yet. */
  readonly pending: number;
}

const DEFAULTS = { tenant: 'audit', endpoint: 'http://localhost:4318', timeoutMs: 10_000, maxBackoffMs: 30_000 };
const BATCH_BYTES = 1_000_000;

function activeTrace(): AuditEntry['trace'] {
  const context = trace.getActiveSpan()?.spanContext();
  if (!context || !isSpanContextValid(context)) return undefined;
  return { traceId: context.traceId, spanId: context.spanId };
}

// A restarted emitter must not give a time that its predecessor already gave.
function lastTimeOf(line: string | undefined): bigint {
  if (line === undefined) return 0n;
  const { time } = JSON.parse(line) as { time?: unknown };
  return (typeof time === 'string' ? parseTime(time) : undefined) ?? 0n;
}

async function within(promise: Promise<void>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Opens an audit logger: one per process, at start.
 *
 * @throws AuditError `SPOOL_LOCKED` where another process uses the folder, `SPOOL_UNAVAILABLE` where it cannot be used
 * @example
 * const audit = createAuditLogger({ service: 'shop', spool: './data/audit-spool' });
 * await audit.record({
 *   action: 'user.login',
 *   description: 'Ada Lovelace signed in',
 *   actor: { type: 'user', id: '42', email: 'ada@example.com' },
 * });
 */
export function createAuditLogger(options: AuditLoggerOptions): AuditLogger {
  const { service, token, headers } = options;
  const log = options.log ?? console;
  const tenant = options.tenant ?? DEFAULTS.tenant;
  const spool = FileSpool.open({
    folder: options.spool,
    ...(options.spoolMaxBytes !== undefined && { maxBytes: options.spoolMaxBytes }),
  });
  const transport = otlpTransport({
    service,
    endpoint: options.endpoint ?? DEFAULTS.endpoint,
    timeoutMs: options.timeoutMs ?? DEFAULTS.timeoutMs,
    headers: { ...headers, 'X-Scope-OrgID': tenant, ...(token !== undefined && { Authorization: `Bearer ${token}` }) },
  });
  const sender = new Sender({
    spool,
    transport,
    deadLetters: fileDeadLetters(options.spool),
    log,
    batchBytes: BATCH_BYTES,
    maxBackoffMs: options.maxBackoffMs ?? DEFAULTS.maxBackoffMs,
  });
  const chain = new Chain(uuidv7());
  const clock = risingClock(lastTimeOf(spool.lastLine));
  const writer = new GroupWriter(spool, chain, () => sender.notify());
  let closed: Promise<{ pending: number }> | undefined;

  const shutdown = async (ms: number): Promise<{ pending: number }> => {
    await writer.settled();
    await within(sender.drained(), ms);
    sender.stop();
    // A request that is under way may take its time; nobody waits for it.
    transport.shutdown().catch((error: unknown) => log.warn(`closing the connection failed: ${String(error)}`));
    await spool.close();
    return { pending: spool.pending };
  };

  return {
    get pending() {
      return spool.pending;
    },

    async record(input) {
      if (closed) throw new AuditError('CLOSED', 'the audit logger was shut down');
      const trace = input.trace ?? activeTrace();
      const stamp = { id: uuidv7(), time: formatTime(clock()), service, chain: chain.next() };
      const entry = completeEntry(trace ? { ...input, trace } : input, stamp);
      const line = canonicalJson(entry);
      if (utf8Bytes(line) > LIMITS.lineBytes) {
        throw new AuditError('ENTRY_TOO_LARGE', `the entry has ${utf8Bytes(line)} bytes, over ${LIMITS.lineBytes}`);
      }
      const hash = lineHash(line);
      const { seq } = chain.advance(hash);
      await writer.write(line);
      return { id: entry.id, time: entry.time, seq, hash };
    },

    async flush({ timeoutMs: ms = 30_000 } = {}) {
      await writer.settled();
      if (await within(sender.drained(), ms)) return;
      throw new AuditError('DELIVERY_TIMEOUT', `${spool.pending} entries still wait for the collector after ${ms} ms`);
    },

    shutdown({ timeoutMs: ms = 5_000 } = {}) {
      closed ??= shutdown(ms);
      return closed;
    },
  };
}
