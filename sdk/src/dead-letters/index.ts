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
  /** What the application gives as `spool`. It may be running. */
  folder: string;
  /** Ends when the collector has settled nothing for so long, in milliseconds. Default 30,000. */
  patienceMs?: number | undefined;
}

export interface ResendResult {
  accepted: number;
  /** These lie in `dead-letters.ndjson` again, with the new reason. */
  refused: number;
  /** False where the collector did not answer: what is left goes out with the next run. */
  complete: boolean;
}

const MAX_BACKOFF_MS = 5_000;

function foldersOf(folder: string): string[] {
  const folders = subSpools(folder);
  if (folders.length > 0) return folders;
  throw new AuditError('SPOOL_UNAVAILABLE', `${folder} is no spool: give the folder that the application has as spool`);
}

/**
 * The entries that the collector refused for good, of all writers that share a spool folder.
 *
 * @throws AuditError `SPOOL_UNAVAILABLE` where the folder is none
 * @example for await (const { time, reason, line } of listDeadLetters('./data/audit-spool')) console.log(time, reason, line);
 */
export async function* listDeadLetters(folder: string): AsyncGenerator<DeadLetter & { folder: string }, void> {
  for (const each of foldersOf(folder)) {
    for await (const letter of lettersIn(each)) yield { folder: each, ...letter };
  }
}

function serviceOf(line: string): string {
  try {
    const { service } = JSON.parse(line) as { service?: unknown };
    return typeof service === 'string' ? service : '';
  } catch {
    // No entry: the transport will say so.
    return '';
  }
}

// A line goes out as its own service, which a folder does not tell: as many at once as are of the same.
function transportOfEach(transportFor: (service: string) => Transport): Transport {
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
 * Sends the dead letters of a spool folder once more, byte for byte: chains hold. What is refused again stays a dead letter,
 * with the new reason. Interrupted at any moment, nothing is lost, and the next run goes on behind what was accepted.
 *
 * Their digests are in the chain; the attribute `audit.integrity.value` is left out where the chain has a key.
 *
 * @throws AuditError `SPOOL_UNAVAILABLE`; `SPOOL_LOCKED` where another run is at work
 * @example await resendDeadLetters({ folder: './data/audit-spool', endpoint: 'http://localhost:4318', token }); // { accepted: 3, refused: 0, complete: true }
 */
export async function resendDeadLetters(options: ResendOptions): Promise<ResendResult> {
  const { folder, token, tls, headers, tenant = DEFAULTS.tenant } = options;
  const { endpoint = DEFAULTS.endpoint, timeoutMs = DEFAULTS.timeoutMs } = options;
  const sum: ResendResult = { accepted: 0, refused: 0, complete: true };
  for (const each of foldersOf(folder)) {
    if (!hasLetters(each)) continue;
    const transport = transportOfEach((service) =>
      otlpTransport({ service, token, tls, endpoint, timeoutMs, headers: { ...headers, 'X-Scope-OrgID': tenant } }),
    );
    const { accepted, refused, complete } = await resendOne(each, transport, options);
    sum.accepted += accepted;
    sum.refused += refused;
    sum.complete = complete;
    if (!complete) break;
  }
  return sum;
}
