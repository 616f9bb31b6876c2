import type { TrailEntry } from '../trail/emitters.ts';
import { LogsRequest } from './encode-logs.ts';

/** A request with entries, as OTLP in protobuf. */
export interface EntriesRequest {
  body: Buffer<ArrayBuffer>;
  entries: number;
}

// As the batches of the collector.
const REQUEST_BYTES = 4_000_000;
const ENTRIES_A_REPORT = 100_000;

/** Entries as requests of 4 MB, in their order. */
export function* requestsOf(entries: Iterable<TrailEntry>): Generator<EntriesRequest, void> {
  const request = new LogsRequest();
  let count = 0;
  for (const each of entries) {
    request.add(each);
    count++;
    if (request.bytes < REQUEST_BYTES) continue;
    yield { body: request.take(), entries: count };
    count = 0;
  }
  if (count > 0) yield { body: request.take(), entries: count };
}

/** The same items for several readers: each is made once, for the first of them, and kept. */
export function shared<T>(items: Iterable<T>): Iterable<T> {
  const made: T[] = [];
  const rest = items[Symbol.iterator]();
  return {
    *[Symbol.iterator]() {
      for (let i = 0; ; i++) {
        const next = i === made.length ? rest.next() : undefined;
        if (next?.done) return;
        if (next) made.push(next.value);
        yield made[i] as T;
      }
    },
  };
}

export interface SendOptions {
  /** The address of an OTLP/HTTP receiver for logs. */
  url: string;
  headers?: Record<string, string>;
  log?: (line: string) => void;
}

/**
 * Sends entries as the collector sends them: in order, one request at a time. The next request is made while the receiver
 * stores the current one.
 *
 * @returns the number of entries
 * @throws Error if the receiver refuses a request
 */
export async function sendRequests(requests: Iterable<EntriesRequest>, options: SendOptions): Promise<number> {
  const { url, headers, log } = options;
  let count = 0;
  let failure: unknown;
  const post = async (body: Buffer<ArrayBuffer>) => {
    const type = { 'Content-Type': 'application/x-protobuf' };
    const response = await fetch(url, { method: 'POST', headers: { ...type, ...headers }, body });
    const answer = await response.text();
    if (!response.ok) throw new Error(`${url} refused a request: ${response.status} ${answer.slice(0, 500)}`);
  };
  let sending: Promise<void> = Promise.resolve();
  for (const { body, entries } of requests) {
    await sending;
    if (failure) throw failure as Error;
    // Rejections are thrown before the next request.
    sending = post(body).catch((error: unknown) => void (failure = error));
    count += entries;
    if (Math.floor(count / ENTRIES_A_REPORT) > Math.floor((count - entries) / ENTRIES_A_REPORT)) {
      log?.(`${count} entries sent`);
    }
  }
  await sending;
  if (failure) throw failure as Error;
  return count;
}
