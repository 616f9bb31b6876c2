import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TrailEntry } from '../trail/emitters.ts';
import { LogsRequest } from './encode-logs.ts';

export interface SendOptions {
  /** The address of an OTLP/HTTP receiver for logs. */
  url: string;
  headers?: Record<string, string>;
  /** Called for each entry. */
  onEntry?: (entry: TrailEntry) => void;
  log?: (line: string) => void;
}

// As the batches of the collector.
const REQUEST_BYTES = 4_000_000;
// Meanwhile, the request under way gets its turns.
const ENTRIES_A_TURN = 100;
const ENTRIES_A_REPORT = 100_000;

/**
 * Sends entries as the collector sends them: in order, in requests of 4 MB, one at a time. The next request is prepared while
 * the receiver stores the current one.
 *
 * @returns the number of entries
 * @throws Error if the receiver refuses a request
 */
export async function sendEntries(entries: Iterable<TrailEntry>, options: SendOptions): Promise<number> {
  const { url, headers, onEntry, log } = options;
  const request = new LogsRequest();
  let count = 0;
  let failure: unknown;
  const post = async (body: Buffer<ArrayBuffer>) => {
    const type = { 'Content-Type': 'application/x-protobuf' };
    const response = await fetch(url, { method: 'POST', headers: { ...type, ...headers }, body });
    const answer = await response.text();
    if (!response.ok) throw new Error(`${url} refused a request: ${response.status} ${answer.slice(0, 500)}`);
  };
  let sending: Promise<void> = Promise.resolve();
  const send = async () => {
    const body = request.take();
    await sending;
    // Rejections are thrown by the next call.
    sending = post(body).catch((error: unknown) => void (failure ??= error));
    if (failure) throw failure as Error;
  };
  for (const each of entries) {
    onEntry?.(each);
    request.add(each);
    count++;
    if (count % ENTRIES_A_REPORT === 0) log?.(`${count} entries sent`);
    if (request.bytes >= REQUEST_BYTES) await send();
    else if (count % ENTRIES_A_TURN === 0) await nextTurn();
  }
  await send();
  await sending;
  if (failure) throw failure as Error;
  return count;
}
