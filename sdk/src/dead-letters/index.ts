import { AuditError } from '@auditrail/core';
import type { DeadLetter } from '../delivery/dead-letter-file.ts';
import { Delivery } from '../delivery/delivery.ts';
import { hasLetters, LetterQueue, lettersIn } from './letter-queue.ts';
import type { OperatorLog } from '../log.ts';
import { DEFAULTS, type AuditLoggerOptions } from '../logger/options.ts';
import { otlpTransport, type Transport } from '../delivery/otlp-transport.ts';
import { subSpools } from '../spool/sub-spools.ts';

export type { DeadLetter } from '../delivery/dead-letter-file.ts';

export interface ResendOptions extends Pick<
  AuditLoggerOptions,
  'tenant' | 'endpoint' | 'token' | 'tls' | 'headers' | 'timeoutMs' | 'log'
> {
  /** The application's option `spool`. The application may be running. */
  folder: string;
  /** Ends when the collector has accepted or refused nothing for this time, in milliseconds. Default 30,000. */
  patienceMs?: number | undefined;
}

export interface ResendResult {
  accepted: number;
  /** These are in `dead-letters.ndjson` again, with the new reason. */
  refused: number;
  /** False if the collector did not answer: the remaining entries are sent by the next run. */
  complete: boolean;
}

const MAX_BACKOFF_MS = 5_000;

function foldersOf(folder: string): string[] {
  const folders = subSpools(folder);
  if (folders.length > 0) return folders;
  throw new AuditError(
    'SPOOL_UNAVAILABLE',
    `${folder} is not a spool: give the folder of the application's option spool`,
  );
}

/**
 * The entries that the collector refused permanently, of all writers that share a spool folder.
 *
 * @throws AuditError `SPOOL_UNAVAILABLE` if the folder is not a spool
 * @example for await (const { time, reason, line } of listDeadLetters('./data/audit-spool')) console.log(time, reason, line);
 */
export async function* listDeadLetters(folder: string): AsyncGenerator<DeadLetter & { folder: string }, void> {
  for (const spool of foldersOf(folder)) {
    for await (const letter of lettersIn(spool)) yield { folder: spool, ...letter };
  }
}

function serviceOf(line: string): string {
  try {
    const { service } = JSON.parse(line) as { service?: unknown };
    return typeof service === 'string' ? service : '';
  } catch {
    // Not an entry: the transport refuses it.
    return '';
  }
}

// A line is sent under its own service, which the folder does not determine: one request takes lines of one service.
function transportPerService(transportFor: (service: string) => Transport): Transport {
  const transports = new Map<string, Transport>();
  return {
    send(lines) {
      const service = serviceOf(lines[0] ?? '');
      const other = lines.findIndex((line) => serviceOf(line) !== service);
      let transport = transports.get(service);
      if (!transport) transports.set(service, (transport = transportFor(service)));
      return transport.send(other === -1 ? lines : lines.slice(0, other));
    },
    async shutdown() {
      await Promise.all([...transports.values()].map((transport) => transport.shutdown()));
    },
  };
}

async function resendOne(folder: string, transport: Transport, options: ResendOptions): Promise<ResendResult> {
  const queue = await LetterQueue.open(folder);
  const result = { accepted: 0, refused: 0 };
  const log: OperatorLog = options.log ?? console;
  let closing = false;
  let giveUp = () => {};
  const silence = new Promise<void>((resolve) => (giveUp = resolve));
  const patience = setTimeout(() => giveUp(), options.patienceMs ?? 30_000);
  const delivery = new Delivery({
    transport,
    maxBackoffMs: MAX_BACKOFF_MS,
    // Without the warning about entries that are sent at the next start.
    log: { warn: (text) => void (closing || log.warn(text)), error: (text) => log.error(text) },
  });
  const letters = delivery.openQueue(queue, async (fates) => {
    patience.refresh();
    for (const { accepted } of fates) result[accepted ? 'accepted' : 'refused'] += 1;
    await queue.settled(fates.length);
  });
  await Promise.race([letters.drained(), silence]);
  clearTimeout(patience);
  closing = true;
  await delivery.close();
  return { ...result, complete: queue.pending === 0 };
}

/**
 * Sends the dead letters of a spool folder again, byte for byte: chains stay intact. An entry that is refused again remains a
 * dead letter, with the new reason. An interruption loses nothing: the next run continues after the last accepted letter.
 *
 * Their digests are in the chain; the attribute `audit.integrity.value` is omitted if the chain has a key.
 *
 * @throws AuditError `SPOOL_UNAVAILABLE`; `SPOOL_LOCKED` if another run is in progress
 * @example await resendDeadLetters({ folder: './data/audit-spool', endpoint: 'http://localhost:4318', token }); // { accepted: 3, refused: 0, complete: true }
 */
export async function resendDeadLetters(options: ResendOptions): Promise<ResendResult> {
  const { folder, token, tls, headers, tenant = DEFAULTS.tenant } = options;
  const { endpoint = DEFAULTS.endpoint, timeoutMs = DEFAULTS.timeoutMs } = options;
  const total: ResendResult = { accepted: 0, refused: 0, complete: true };
  for (const spool of foldersOf(folder)) {
    if (!hasLetters(spool)) continue;
    const transport = transportPerService((service) =>
      otlpTransport({ service, token, tls, endpoint, timeoutMs, headers: { ...headers, 'X-Scope-OrgID': tenant } }),
    );
    const { accepted, refused, complete } = await resendOne(spool, transport, options);
    total.accepted += accepted;
    total.refused += refused;
    total.complete = complete;
    if (!complete) break;
  }
  return total;
}
