import type { ProtobufLogsSerializer } from '@opentelemetry/otlp-transformer';
import type { HttpAnswer } from './http-client.ts';
import { oneLine } from '../log.ts';
import { retryAfterMs } from './retry-after.ts';

/** Why a server refuses content for good; the `reason` of the metric `audit.records.dropped`. */
type RefusalCause = 'http_400' | 'http_413' | 'http_422' | 'partial_success' | 'unreadable';

/** What a server's answer means for the records that were sent. */
export type OtlpVerdict =
  | { outcome: 'accepted'; warning?: string }
  /** Exactly this content is refused: sending the same again cannot help. */
  | { outcome: 'refused'; cause: RefusalCause; reason: string }
  /** Anything else: a server that is down, overloaded or wrongly set up. */
  | { outcome: 'failed'; reason: string; retryAfterMs?: number };

const REMEDIES = new Map([
  [401, 'check the token'],
  [403, 'check what the token may do, and the tenant'],
  [404, 'the endpoint is the OTLP base address, without /v1/logs'],
  [405, 'is this an OTLP receiver?'],
  [407, 'the proxy wants credentials'],
  [415, 'is this an OTLP receiver?'],
]);

const BEHIND_REMEDIES = new Map([
  [400, "not Loki's own answer: check the address that the collector sends to, and the proxy before Loki"],
  [401, 'check how the collector authenticates to Loki'],
  [403, 'check what the collector may do at Loki'],
  [404, "check the collector's address of Loki: without /otlp"],
]);

type Kind = 'json' | 'protobuf' | 'other';

function kindOf({ headers }: HttpAnswer): Kind {
  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  if (type === 'application/json') return 'json';
  // Loki labels the protobuf of an error as octets.
  if (type === 'application/x-protobuf' || type === 'application/octet-stream') return 'protobuf';
  return 'other';
}

// A server's own words: the message of an OTLP status or the error of our gateway, else the beginning of the text.
function wordsOf(answer: HttpAnswer): string {
  const text = answer.body.toString('utf8');
  if (kindOf(answer) === 'json') {
    try {
      const { message, error } = JSON.parse(text) as { message?: unknown; error?: unknown };
      const words = message ?? error;
      if (typeof words === 'string') return oneLine(words);
    } catch {
      // Shown as it is.
    }
  }
  return oneLine(text.replace(/\uFFFD/g, ' ')).trim();
}

function told(answer: HttpAnswer, remedy?: string): string {
  const words = wordsOf(answer);
  return [`HTTP ${answer.status}`, ...(words ? [`: ${words}`] : []), ...(remedy ? [` (${remedy})`] : [])].join('');
}

// The collector's OTLP/HTTP exporter puts the answer of the server behind it (Loki, or a proxy before it) into its message, and
// that server's own words where it gave an OTLP status.
const BEHIND = /responded with HTTP Status Code (\d{3})(?:, Message=(.*?)(?:, Details=.*)?)?$/s;

/** What the server behind the collector answered, where the collector passed its answer on. */
function behind(answer: HttpAnswer): OtlpVerdict | undefined {
  const [, code, words] = BEHIND.exec(wordsOf(answer)) ?? [];
  if (code === undefined) return undefined;
  if (words !== undefined && (code === '400' || code === '422')) {
    return { outcome: 'refused', cause: `http_${code}`, reason: `Loki answered HTTP ${code}: ${words}` };
  }
  if (code === '413') {
    const reason = `HTTP 413 from a server between the collector and Loki: its limit is smaller than the request`;
    return { outcome: 'refused', cause: 'http_413', reason };
  }
  const pause = retryAfterMs(answer.headers['retry-after']);
  const remedy = words === undefined ? BEHIND_REMEDIES.get(Number(code)) : undefined;
  const reason = `behind the collector: HTTP ${code}${words ? `: ${words}` : ''}${remedy ? ` (${remedy})` : ''}`;
  return { outcome: 'failed', reason, ...(pause !== undefined && { retryAfterMs: pause }) };
}

// 200 alone proves nothing: a portal, a proxy or a wrong port says it too, and would swallow the trail.
function success(answer: HttpAnswer, protobuf: typeof ProtobufLogsSerializer): OtlpVerdict {
  // Loki's own OTLP endpoint.
  if (answer.status === 204) return { outcome: 'accepted' };
  const alien = {
    outcome: 'failed',
    reason: `${told(answer)} (no OTLP answer: is the endpoint a collector?)`,
  } as const;
  const kind = kindOf(answer);
  if (answer.status !== 200 || kind === 'other' || !answer.complete) return alien;
  let partial: { rejectedLogRecords?: unknown; errorMessage?: unknown } | null | undefined;
  try {
    // The library's reader of JSON takes what it cannot read for an empty answer, which means success.
    const response: unknown =
      kind === 'json' ? JSON.parse(answer.body.toString('utf8')) : protobuf.deserializeResponse(answer.body);
    if (typeof response !== 'object' || response === null || Array.isArray(response)) return alien;
    partial = (response as { partialSuccess?: typeof partial }).partialSuccess;
  } catch {
    return alien;
  }
  // JSON has 64-bit numbers as text.
  const rejected = Number(partial?.rejectedLogRecords ?? 0);
  const message = typeof partial?.errorMessage === 'string' ? oneLine(partial.errorMessage) : '';
  if (Number.isNaN(rejected)) return alien;
  if (rejected > 0) {
    const reason = `the collector rejected ${rejected} records of the request: ${message || 'without a reason'}`;
    return { outcome: 'refused', cause: 'partial_success', reason };
  }
  return message ? { outcome: 'accepted', warning: message } : { outcome: 'accepted' };
}

/**
 * What an answer to an OTLP/HTTP request means.
 *
 * Refused are only 413, and 400 and 422 in the form that OTLP demands of them: the same statuses in HTML or plain text come
 * from a proxy or a wrong port, and would turn a mistake of the set-up into dead letters. The same holds for what the collector
 * passes on from the server behind it.
 *
 * @param protobuf reads an answer in protobuf
 * @see https://opentelemetry.io/docs/specs/otlp/#otlphttp-response
 */
export function otlpVerdict(answer: HttpAnswer, protobuf: typeof ProtobufLogsSerializer): OtlpVerdict {
  const { status, headers } = answer;
  if (status >= 200 && status < 300) return success(answer, protobuf);
  const fromBehind = behind(answer);
  if (fromBehind) return fromBehind;
  if (status === 413) return { outcome: 'refused', cause: 'http_413', reason: told(answer) };
  if (status === 400 || status === 422) {
    if (kindOf(answer) !== 'other') return { outcome: 'refused', cause: `http_${status}`, reason: told(answer) };
    return { outcome: 'failed', reason: told(answer, 'not from an OTLP receiver: check the endpoint, http or https') };
  }
  if (status >= 300 && status < 400) {
    const reason = `HTTP ${status} redirects to ${oneLine(headers.location ?? 'nowhere')}`;
    return { outcome: 'failed', reason: `${reason} (redirects are not followed: give the final address as endpoint)` };
  }
  const pause = retryAfterMs(headers['retry-after']);
  const reason = told(answer, REMEDIES.get(status));
  return { outcome: 'failed', reason, ...(pause !== undefined && { retryAfterMs: pause }) };
}
