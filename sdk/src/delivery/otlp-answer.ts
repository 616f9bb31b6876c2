import type { ProtobufLogsSerializer } from '@opentelemetry/otlp-transformer';
import type { HttpAnswer } from './http-client.ts';
import { oneLine } from '../log.ts';
import { retryAfterMs } from './retry-after.ts';

/** Why a server refuses content permanently; the `reason` of the metric `audit.records.dropped`. */
type RefusalCause = 'http_400' | 'http_413' | 'http_422' | 'partial_success' | 'unreadable';

/** What a server's answer means for the records that were sent. */
export type OtlpVerdict =
  | { outcome: 'accepted'; warning?: string }
  /** Refuses exactly this content: sending it again cannot help. */
  | { outcome: 'refused'; cause: RefusalCause; reason: string }
  /** Anything else: a server that is down, overloaded or misconfigured. */
  | { outcome: 'failed'; reason: string; retryAfterMs?: number };

const REMEDIES = new Map([
  [401, 'check the token'],
  [403, 'check the permissions of the token, and the tenant'],
  [404, 'the endpoint is the OTLP base address, without /v1/logs'],
  [405, 'is this an OTLP receiver?'],
  [407, 'the proxy requires credentials'],
  [415, 'is this an OTLP receiver?'],
]);

const BEHIND_REMEDIES = new Map([
  [400, "not Loki's own answer: check the address that the collector sends to, and the proxy before Loki"],
  [401, 'check how the collector authenticates to Loki'],
  [403, "check the collector's permissions in Loki"],
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

// The message of an answer: of an OTLP status or an error of our gateway, otherwise the beginning of its text.
function messageOf(answer: HttpAnswer): string {
  const text = answer.body.toString('utf8');
  if (kindOf(answer) === 'json') {
    try {
      const { message, error } = JSON.parse(text) as { message?: unknown; error?: unknown };
      const found = message ?? error;
      if (typeof found === 'string') return oneLine(found);
    } catch {
      // Returned as it is.
    }
  }
  return oneLine(text.replace(/\uFFFD/g, ' ')).trim();
}

function reasonFrom(answer: HttpAnswer, remedy?: string): string {
  const message = messageOf(answer);
  return [`HTTP ${answer.status}`, ...(message ? [`: ${message}`] : []), ...(remedy ? [` (${remedy})`] : [])].join('');
}

// The collector's OTLP/HTTP exporter puts the answer of the server behind it (Loki, or a proxy before Loki) into its message,
// with that server's own message if it sent an OTLP status.
const BEHIND = /responded with HTTP Status Code (\d{3})(?:, Message=(.*?)(?:, Details=.*)?)?$/s;

/** The answer of the server behind the collector, if the collector passed it on. */
function behind(answer: HttpAnswer): OtlpVerdict | undefined {
  const [, code, message] = BEHIND.exec(messageOf(answer)) ?? [];
  if (code === undefined) return undefined;
  if (message !== undefined && (code === '400' || code === '422')) {
    return { outcome: 'refused', cause: `http_${code}`, reason: `Loki answered HTTP ${code}: ${message}` };
  }
  if (code === '413') {
    const reason = `HTTP 413 from a server between the collector and Loki: its limit is smaller than the request`;
    return { outcome: 'refused', cause: 'http_413', reason };
  }
  const pause = retryAfterMs(answer.headers['retry-after']);
  const remedy = message === undefined ? BEHIND_REMEDIES.get(Number(code)) : undefined;
  const reason = `behind the collector: HTTP ${code}${message ? `: ${message}` : ''}${remedy ? ` (${remedy})` : ''}`;
  return { outcome: 'failed', reason, ...(pause !== undefined && { retryAfterMs: pause }) };
}

// Status 200 alone proves nothing: a login portal, a proxy or a wrong port sends it too, and would swallow the trail.
function success(answer: HttpAnswer, protobuf: typeof ProtobufLogsSerializer): OtlpVerdict {
  // Loki's own OTLP endpoint.
  if (answer.status === 204) return { outcome: 'accepted' };
  const alien = {
    outcome: 'failed',
    reason: `${reasonFrom(answer)} (not an OTLP answer: is the endpoint a collector?)`,
  } as const;
  const kind = kindOf(answer);
  if (answer.status !== 200 || kind === 'other' || !answer.complete) return alien;
  let partial: { rejectedLogRecords?: unknown; errorMessage?: unknown } | null | undefined;
  try {
    // The library's JSON reader returns an empty answer for JSON that it cannot read, which means success.
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
 * The meaning of an answer to an OTLP/HTTP request.
 *
 * Only 413, and 400 and 422 in the format that OTLP requires, mean a refusal: the same statuses in HTML or plain text come from a
 * proxy or a wrong port, and would turn a configuration mistake into dead letters. The same applies to an answer that the
 * collector passes on from the server behind it.
 *
 * @param protobuf reads an answer in protobuf
 * @see https://opentelemetry.io/docs/specs/otlp/#otlphttp-response
 */
export function otlpVerdict(answer: HttpAnswer, protobuf: typeof ProtobufLogsSerializer): OtlpVerdict {
  const { status, headers } = answer;
  if (status >= 200 && status < 300) return success(answer, protobuf);
  const fromBehind = behind(answer);
  if (fromBehind) return fromBehind;
  if (status === 413) return { outcome: 'refused', cause: 'http_413', reason: reasonFrom(answer) };
  if (status === 400 || status === 422) {
    if (kindOf(answer) !== 'other') return { outcome: 'refused', cause: `http_${status}`, reason: reasonFrom(answer) };
    return {
      outcome: 'failed',
      reason: reasonFrom(answer, 'not from an OTLP receiver: check the endpoint, http or https'),
    };
  }
  if (status >= 300 && status < 400) {
    const reason = `HTTP ${status} redirects to ${oneLine(headers.location ?? 'nowhere')}`;
    return { outcome: 'failed', reason: `${reason} (redirects are not followed: set the final address as endpoint)` };
  }
  const pause = retryAfterMs(headers['retry-after']);
  const reason = reasonFrom(answer, REMEDIES.get(status));
  return { outcome: 'failed', reason, ...(pause !== undefined && { retryAfterMs: pause }) };
}
