import {
  AuditError,
  completeEntry,
  formatTime,
  parseTime,
  type AuditEntry,
  type AuditEntryInput,
  type Predecessor,
} from '@auditrail/core';
import { deliverAbandoned } from '../delivery/abandoned.ts';
import { activeTrace } from '../active-trace.ts';
import { checkpointEntry, endedEntry, predecessorOf, startedEntry } from '../chain/chain-entries.ts';
import { checkOptions, strictnessProblem } from './check-options.ts';
import { checkpoints } from '../chain/checkpoints.ts';
import { risingClock } from './clock.ts';
import { Emitter } from './emitter.ts';
import { fitEntry } from '../prepare/fit-entry.ts';
import { createDigest, createSigner } from '../chain/integrity.ts';
import { oneLine } from '../log.ts';
import { createAuditMetrics, type AuditMetrics } from '../metrics.ts';
import { DEFAULTS, type AuditLoggerOptions, type RecordOptions } from './options.ts';
import { otlpTransport } from '../delivery/otlp-transport.ts';
import type { ReadBackOptions } from '../delivery/read-back.ts';
import { storedReader } from '../delivery/stored-reader.ts';
import { createPrepareInput } from '../prepare/prepare-input.ts';
import { newRecordId } from './record-id.ts';
import { isTakenOver } from '../spool/lock.ts';
import { openSubSpool } from '../spool/sub-spools.ts';

/** Proof that an entry is on disk: keep `hash` where the action's own record is kept, and the entry can be found and checked. */
export interface Receipt {
  id: string;
  /** RFC 3339 UTC with nanoseconds. */
  time: string;
  /** Place in this emitter's chain, from 1. */
  seq: number;
  /** SHA-256 of the entry's line (HMAC-SHA-256 with a key), 64 hex digits. */
  hash: string;
}

export interface AuditLogger<R extends Receipt | undefined = Receipt> {
  /**
   * Writes one entry. Resolves once it is on disk (fsync): from then on it reaches Loki, whatever crashes. `options` make one
   * call stricter or looser than the logger.
   *
   * What JSON cannot hold is turned into what it can, secrets are hidden, an entry that is too large is cut (its whole size
   * and hash stay in it).
   *
   * @throws AuditError (as a rejection) `INVALID_ENTRY`, `SPOOL_FULL`, `SPOOL_UNAVAILABLE`, `CLOSED`: the entry is then
   *   nowhere, and the action it tells of should not happen. With `wait: 'delivered'` also `DELIVERY_REFUSED`
   *   (it is a dead letter) and `DELIVERY_TIMEOUT` (it is in the spool, and goes out later).
   */
  record(entry: AuditEntryInput, options: RecordOptions & { onFailure: 'report' }): Promise<Receipt | undefined>;
  record(entry: AuditEntryInput, options?: RecordOptions & { onFailure?: 'reject' | undefined }): Promise<R>;
  /**
   * Waits until Loki has accepted all entries recorded so far. That is Loki's word: whether Loki really holds them is asked
   * later (option `readBack`), and what it does not hold is sent again.
   *
   * @param options.timeoutMs default 30,000
   * @throws AuditError `DELIVERY_TIMEOUT`; the entries stay in the spool and are tried on.
   */
  flush(options?: { timeoutMs?: number }): Promise<void>;
  /**
   * Takes no more entries, gives delivery and one look at what Loki holds `timeoutMs` (default 5,000), then closes the spool.
   * What is left goes out at the next start, which also looks again at what was sent shortly before.
   */
  shutdown(options?: { timeoutMs?: number }): Promise<{ pending: number }>;
  /** Entries on disk that Loki has not accepted yet. */
  readonly pending: number;
  /**
   * Entries that Loki has accepted and was not seen to hold since. They stay in the spool, and are sent again if Loki does not
   * hold them. Always 0 if `readBack` is off or the endpoint cannot be asked.
   */
  readonly unseen: number;
}

const BATCH_BYTES = 4_000_000;
// Of one entry, when others keep taking its sub-spool over.
const MOST_TRIES = 3;

// A restarted emitter must not give a time that its predecessor already gave.
function lastTimeOf(line: string | undefined): bigint {
  if (line === undefined) return 0n;
  const { time } = JSON.parse(line) as { time?: unknown };
  return (typeof time === 'string' ? parseTime(time) : undefined) ?? 0n;
}

/** Of an entry that is on disk, and whose delivery somebody waited for. */
function isStored({ code }: AuditError): boolean {
  return code === 'DELIVERY_REFUSED' || code === 'DELIVERY_TIMEOUT';
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

function readBackOf(
  options: AuditLoggerOptions,
  headers: Record<string, string>,
): Omit<ReadBackOptions, 'log'> | undefined {
  if (options.readBack === false) return undefined;
  const { service, tls, readBack = {} } = options;
  const { afterMs = DEFAULTS.afterMs, keepMs = DEFAULTS.keepMs, token = options.token } = readBack;
  const endpoint = readBack.endpoint ?? options.endpoint ?? DEFAULTS.endpoint;
  const timeoutMs = options.timeoutMs ?? DEFAULTS.timeoutMs;
  return { afterMs, keepMs, endpoint, reader: storedReader({ service, tls, token, endpoint, headers, timeoutMs }) };
}

/**
 * Opens an audit logger: one per process, at start.
 *
 * @throws AuditError `SPOOL_UNAVAILABLE` where the spool folder cannot be used, `INVALID_KEY`; TypeError, which names the
 *   option, for one that cannot work (an empty `service`, an endpoint that is no address, a size that is no number)
 * @example
 * const audit = createAuditLogger({ service: 'shop', spool: './data/audit-spool' });
 * await audit.record({
 *   action: 'user.login',
 *   description: 'Ada Lovelace signed in',
 *   actor: { type: 'user', id: '42', email: 'ada@example.com' },
 * });
 */
export function createAuditLogger(
  options: AuditLoggerOptions & { onFailure: 'report' },
): AuditLogger<Receipt | undefined>;
export function createAuditLogger(options: AuditLoggerOptions & { onFailure?: 'reject' | undefined }): AuditLogger;
export function createAuditLogger(options: AuditLoggerOptions): AuditLogger<Receipt | undefined>;
export function createAuditLogger(options: AuditLoggerOptions): AuditLogger<Receipt | undefined> {
  checkOptions(options);
  const { service, token, tls, integrity } = options;
  const log = options.log ?? console;
  const tenant = options.tenant ?? DEFAULTS.tenant;
  const maxBackoffMs = options.maxBackoffMs ?? DEFAULTS.maxBackoffMs;
  const digest = createDigest(integrity ?? {});
  const sign = createSigner(integrity ?? {});
  const prepare = createPrepareInput(options.redact);
  const transport = otlpTransport({
    service,
    digest,
    token,
    tls,
    endpoint: options.endpoint ?? DEFAULTS.endpoint,
    headers: { ...options.headers, 'X-Scope-OrgID': tenant },
    timeoutMs: options.timeoutMs ?? DEFAULTS.timeoutMs,
  });
  const { spoolMaxBytes: maxBytes } = options;
  const place = { folder: options.spool, log, ...(maxBytes !== undefined && { maxBytes }) };
  const openEmitter = () => new Emitter(openSubSpool(place), sending, digest.keyId);
  const metrics: AuditMetrics = createAuditMetrics({
    service,
    tenant,
    depth: () => emitter.spool.pending,
    oldestMs: () => emitter.oldestMs,
    unseen: () => emitter.sender.unseen,
    bytes: () => emitter.spool.bytes,
  });
  const back = readBackOf(options, { ...options.headers, 'X-Scope-OrgID': tenant });
  const sending = {
    ...{ transport, log, batchBytes: BATCH_BYTES, maxBackoffMs, metrics },
    readBack: back && { ...back, log, metrics },
  };
  let emitter: Emitter;
  try {
    emitter = openEmitter();
  } catch (error) {
    metrics.stop();
    throw error;
  }
  const retired: Promise<void>[] = [];
  const stopAdopting = deliverAbandoned({ ...sending, place });
  const clock = risingClock(lastTimeOf(emitter.predecessorLine), {
    onStepBack: (seconds) =>
      log.warn(`the system's clock is ${seconds} s behind the last entry: it was wrong before, or is now; check it`),
  });
  let closed: Promise<{ pending: number }> | undefined;

  type Stamp = Pick<AuditEntry, 'id' | 'time' | 'service'>;
  const newStamp = (): Stamp => ({ id: newRecordId(), time: formatTime(clock()), service });

  /** Numbers, stamps and links an entry: from here on it has its place in the chain, and must be written next. */
  const link = (input: AuditEntryInput, stamp = newStamp()): { line: string; receipt: Receipt } => {
    const { chain } = emitter;
    const { entry, line } = fitEntry(completeEntry(input, { ...stamp, chain: chain.next() }));
    const hash = digest.digest(line);
    const { seq } = chain.advance(hash);
    return { line, receipt: { id: entry.id, time: entry.time, seq, hash } };
  };

  const failed = (error: unknown, entry: AuditEntryInput): AuditError => {
    const told =
      error instanceof AuditError ? error : new AuditError('SPOOL_UNAVAILABLE', String(error), { cause: error });
    // It is in the spool, or a dead letter that the sender has counted.
    if (!isStored(told)) metrics.dropped(1, told.code);
    // What the application's own function throws must neither take the error's place nor end the process.
    const callBack = async () => {
      await (options.onError?.(told, entry) as unknown);
    };
    callBack().catch((bug: unknown) => log.error(`onError failed: ${oneLine(String(bug))}`));
    return told;
  };

  // The chain's own entries. Nobody waits for them; one that fails is missing in the chain, and shows.
  const writeMark = (entry: AuditEntryInput): void => {
    emitter.writer.write(link(entry).line).catch((error: unknown) => {
      // The next entry begins another chain, with marks of its own.
      if (isTakenOver(error)) return;
      log.error(`an entry of the chain could not be stored: ${failed(error, entry).message}`);
    });
  };
  // Only before an entry: a process that records nothing leaves nothing.
  const marks = integrity?.marks ?? true;
  const markStart = (): void => {
    if (!marks || emitter.marked) return;
    emitter.marked = true;
    let predecessor: Predecessor | undefined;
    try {
      predecessor = predecessorOf(emitter.predecessorLine, integrity ?? {});
    } catch (error) {
      log.warn(`the chain before this one cannot be named: ${oneLine(String(error))}`);
    }
    writeMark(startedEntry(predecessor, sign));
  };

  /** Goes on in another sub-spool with a new chain: whoever took this one over delivers what is in it. */
  const moveOn = (taken: Emitter): void => {
    if (emitter !== taken) return;
    emitter = openEmitter();
    log.warn(
      `${taken.spool.folder} was taken over by another process, which delivers what is in it; ` +
        `this one goes on in ${emitter.spool.folder} with a new chain`,
    );
    const ended = taken.retire('another process took the spool over, and delivers the entry');
    retired.push(ended.catch((error: unknown) => log.warn(`${taken.spool.folder} is left: ${String(error)}`)));
  };

  interface Written {
    at: Emitter;
    receipt: Receipt;
    position: number;
  }
  const write = (
    input: AuditEntryInput,
    earlier?: Stamp,
    tries = 1,
  ): { receipt: Receipt; written: Promise<Written> } => {
    markStart();
    const at = emitter;
    const stamp = earlier ?? newStamp();
    const { line, receipt } = link(input, stamp);
    const written = at.writer.write(line).then(
      (position) => ({ at, receipt, position }),
      (error: unknown) => {
        if (!isTakenOver(error) || tries === MOST_TRIES) throw error;
        moveOn(at);
        // Under the same id and time: should the other process have found its line, readers take both for one entry.
        return write(input, stamp, tries + 1).written;
      },
    );
    return { receipt, written };
  };
  const points = checkpoints(integrity ?? {}, () => {
    const { stream, tip } = emitter.chain;
    const { seq, hash } = tip;
    if (hash !== null) writeMark(checkpointEntry([{ stream, seq, hash }], sign));
  });

  /** Nothing is being written, also after another sub-spool had to be taken. */
  const settled = async (): Promise<void> => {
    for (let at: Emitter | undefined; at !== emitter;) {
      at = emitter;
      await at.writer.settled();
      // Those whose line was refused go on first.
      await new Promise((resolve) => setImmediate(resolve));
    }
  };

  const shutdown = async (ms: number): Promise<{ pending: number }> => {
    points.stop();
    await settled();
    const last = emitter;
    if (last.marked) writeMark(endedEntry(last.chain.stream, last.chain.tip, sign));
    await last.writer.settled();
    await within(
      last.sender.drained().then(() => last.sender.readBackNow()),
      ms,
    );
    last.sender.stop();
    back?.reader.close();
    const adopted = stopAdopting();
    await transport.shutdown();
    await Promise.all([last.retire(), adopted, ...retired]);
    metrics.stop();
    return { pending: last.spool.pending };
  };

  const store = async (
    input: AuditEntryInput,
    { wait = options.wait ?? DEFAULTS.wait, deliveryTimeoutMs = options.deliveryTimeoutMs }: RecordOptions,
  ): Promise<Receipt> => {
    if (closed) throw new AuditError('CLOSED', 'the audit logger was shut down');
    const said = prepare(input);
    const span = said?.trace === undefined ? activeTrace() : undefined;
    const { receipt, written } = write(span ? { ...said, trace: span } : said);
    points.recorded(said);
    if (wait === 'none') {
      written.catch((error: unknown) => {
        log.error(`an audit entry was not stored: ${failed(error, input).message}`);
      });
      return receipt;
    }
    const stored = await written;
    if (wait === 'delivered') await stored.at.tracker.accepted(stored.position, deliveryTimeoutMs);
    return stored.receipt;
  };

  return {
    get pending() {
      return emitter.spool.pending;
    },
    get unseen() {
      return emitter.sender.unseen;
    },

    async record(input: AuditEntryInput, how: RecordOptions = {}): Promise<Receipt> {
      try {
        const problem = strictnessProblem(how);
        if (problem) {
          const { path, message } = problem;
          throw new AuditError('INVALID_ENTRY', `option ${path}: ${message}`, { issues: [problem] });
        }
        return await store(input, how);
      } catch (error) {
        const told = failed(error, input);
        if ((how.onFailure ?? options.onFailure ?? DEFAULTS.onFailure) !== 'report') throw told;
        log.error(`an audit entry was not ${isStored(told) ? 'delivered' : 'stored'}: ${told.message}`);
        return undefined as never;
      }
    },

    async flush({ timeoutMs: ms = 30_000 } = {}) {
      await settled();
      if (await within(emitter.sender.drained(), ms)) return;
      throw new AuditError(
        'DELIVERY_TIMEOUT',
        `${emitter.spool.pending} entries still wait for the collector after ${ms} ms`,
      );
    },

    shutdown({ timeoutMs: ms = 5_000 } = {}) {
      closed ??= shutdown(ms);
      return closed;
    },
  };
}
