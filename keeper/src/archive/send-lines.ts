import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { archivedLogs } from './otlp-logs.ts';
import type { ArchivedLine } from './read-day.ts';

const compress = promisify(gzip);
const MAX_LINES = 1_000;
const MAX_CHARS = 1_500_000;
const TIMEOUT_MS = 60_000;
const RETRIES = 8;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 20_000;

export interface LinesTarget {
  /** OTLP base address. */
  endpoint: string;
  /** Bearer token that writes the tenant. */
  token: string;
}

/** Lines in groups that fit into one request. */
export async function* inGroups(lines: AsyncIterable<ArchivedLine>): AsyncGenerator<ArchivedLine[], void> {
  let group: ArchivedLine[] = [];
  let chars = 0;
  for await (const line of lines) {
    if (group.length >= MAX_LINES || (group.length > 0 && chars + line.line.length > MAX_CHARS)) {
      yield group;
      [group, chars] = [[], 0];
    }
    group.push(line);
    chars += line.line.length;
  }
  if (group.length > 0) yield group;
}

/**
 * Sends lines through the collector, which answers when Loki has answered.
 *
 * @throws Error with the server's reason, if it refuses them or does not take them after some retries
 */
export async function sendLines({ endpoint, token }: LinesTarget, lines: readonly ArchivedLine[]): Promise<void> {
  const body = await compress(archivedLogs(lines));
  for (let tries = 0; ; tries++) {
    const answer = await post(endpoint, token, body);
    if (answer.accepted) return;
    if (!answer.again || tries >= RETRIES) throw new Error(withRemedy(answer.reason));
    await sleep(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tries));
  }
}

async function post(endpoint: string, token: string, body: Uint8Array<ArrayBuffer>) {
  let response: Response;
  let text: string;
  try {
    response = await fetch(`${endpoint.replace(/\/+$/, '')}/v1/logs`, {
      method: 'POST',
      headers: {
        ...{ 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' },
        ...{ Authorization: `Bearer ${token}`, 'X-Auditrail-Wait': 'loki' },
      },
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    text = await response.text();
  } catch (error) {
    const { message, cause } = error as Error;
    const reason = `no answer from ${endpoint}: ${cause instanceof Error ? cause.message : message}`;
    return { accepted: false, again: true, reason };
  }
  const { status } = response;
  const rejected = /"rejectedLogRecords":\s*"?[1-9]/.test(text);
  const isOtlp = response.headers.get('content-type')?.startsWith('application/json') === true;
  if (status === 200 && isOtlp && !rejected) return { accepted: true, again: false, reason: '' };
  return { accepted: false, again: status === 429 || status >= 500, reason: `HTTP ${status}: ${text.slice(0, 500)}` };
}

const TOO_OLD = /too old|greater_than_max_sample_age|reject_old_samples/i;

function withRemedy(reason: string): string {
  if (!TOO_OLD.test(reason)) return reason;
  return `${reason}\nLoki refuses entries that are this old: set reject_old_samples to false for this tenant (docs/archive.md#restore)`;
}
