import type { Fault, ChooseFault } from '@auditrail/stack/testing';
import type { AuditEntryInput } from '@auditrail/core';

/** A case in which Loki or a proxy refuses entries, or only seems to accept them. */
export interface Trial {
  name: string;
  /** Chooses the responses of the proxy for `faultMs`; after that all entries must be stored. */
  chooseFault?: ChooseFault;
  faultMs?: number;
  /** Limits of the trial's tenant in Loki. */
  limits?: Record<string, unknown>;
  entries?: number;
  /** Whether Loki cannot store entry number `i`. Only these entries may become dead letters. */
  bad?: (i: number) => boolean;
  input?: (i: number) => Partial<AuditEntryInput>;
  /** The size limit of the spool. If it is full, `record()` rejects. */
  spoolMaxBytes?: number;
  /** Whether the limit stops all entries of the tenant, which then wait in the spool. */
  held?: boolean;
}

const FAULT_MS = 3_000;
const always =
  (fault: Fault): ChooseFault =>
  () =>
    fault;
const proxyResponse = (status: number, body = 'no', type = 'text/plain', headers?: Record<string, string>): Trial => ({
  name: `HTTP ${status} from a proxy before Loki (${type})`,
  chooseFault: always({ status, body, type, ...(headers && { headers }) }),
  faultMs: FAULT_MS,
});

const STATUSES = [301, 400, 401, 403, 404, 405, 408, 409, 415, 422, 429, 500, 501, 502, 503, 504, 507];

/** Responses of a proxy: after the fault, all entries are stored and none becomes a dead letter. */
export const PROXY_TRIALS: Trial[] = [
  ...STATUSES.map((status) => proxyResponse(status)),
  proxyResponse(400, '<html><h1>Bad Request</h1>', 'text/html'),
  proxyResponse(403, '<html>Blocked by policy', 'text/html'),
  proxyResponse(500, '{"message":"oops"}', 'application/json'),
  proxyResponse(302, '', 'text/html', { location: 'http://127.0.0.1:9/login' }),
  { ...proxyResponse(429, 'slow down', 'text/plain', { 'retry-after': '2' }), name: 'HTTP 429 with Retry-After: 2' },
  { name: 'connections are reset', chooseFault: always('reset'), faultMs: FAULT_MS },
  { name: 'Loki stores the entries, but its response is lost', chooseFault: always('lose-answer'), faultMs: FAULT_MS },
  {
    name: 'a spool of 64 kB is full while a proxy answers 503',
    ...{ chooseFault: always({ status: 503 }), faultMs: FAULT_MS, entries: 60, spoolMaxBytes: 65_536 },
    input: (i) => ({ description: `${i} ${'x'.repeat(2_000)}` }),
  },
  {
    name: 'HTTP 413 for more than 20,000 bytes',
    chooseFault: ({ body }) => (body.length > 20_000 ? { status: 413 } : undefined),
    faultMs: FAULT_MS,
    input: (i) => ({ description: `${i} ${'x'.repeat(5_000)}` }),
  },
  {
    name: 'every third request fails with 500',
    chooseFault: (() => {
      let turn = 0;
      return () => (turn++ % 3 === 0 ? { status: 500 } : undefined);
    })(),
    faultMs: FAULT_MS,
  },
];

const long = (i: number) => ({ description: i % 7 === 3 ? `long ${'y'.repeat(3_000)}` : `short ${i}` });
const isLong = (i: number) => i % 7 === 3;

/** Entries that need special care to be stored and read. */
export const INPUT_TRIALS: Trial[] = [
  {
    name: 'property names that Loki does not accept',
    input: () => ({ properties: { '': 1, ' ': 2, ü: 3, 日本語: 4, _: 5, '#': 6, ['x'.repeat(300)]: 7 } }),
  },
  {
    name: 'entries that are up to 20 days late',
    input: (i) => ({ time: new Date(Date.now() - i * 86_400_000).toISOString() }),
  },
];

/** Limits of a tenant in Loki. */
export const LIMIT_TRIALS: Trial[] = [
  { name: 'max_line_size 2 kB', limits: { max_line_size: '2KB' }, input: long, bad: isLong },
  { name: 'no structured metadata allowed', limits: { allow_structured_metadata: false }, bad: () => true },
  { name: 'structured metadata of 100 bytes', limits: { max_structured_metadata_size: '100B' }, bad: () => true },
  { name: 'two entries of structured metadata', limits: { max_structured_metadata_entries_count: 2 }, bad: () => true },
  { name: 'a required label is missing', limits: { enforced_labels: ['team'] }, bad: () => true },
  {
    name: 'entries older than an hour are rejected',
    limits: { reject_old_samples: true, reject_old_samples_max_age: '1h' },
    input: (i) => (i % 5 === 2 ? { time: new Date(Date.now() - 3 * 3_600_000 - i).toISOString() } : {}),
    bad: (i) => i % 5 === 2,
  },
  { name: 'label values of 3 bytes', limits: { max_label_value_length: 3 }, bad: () => true },
  { name: 'two labels allowed', limits: { max_label_names_per_series: 2 }, bad: () => true },
  { name: 'one stream allowed', limits: { max_global_streams_per_user: 1 }, held: true },
  {
    name: 'ingestion rate of 1 kB a second',
    limits: { ingestion_rate_mb: 0.001, ingestion_burst_size_mb: 0.002 },
    held: true,
  },
  { name: 'ingestion blocked', limits: { block_ingestion_until: '2099-01-01T00:00:00Z' }, held: true },
  {
    name: 'rate per stream of 2 kB a second',
    limits: { per_stream_rate_limit: '2KB', per_stream_rate_limit_burst: '3KB' },
    entries: 60,
    held: true,
  },
  {
    name: 'twenty streams allowed, a new app in addition to an old one',
    limits: { max_global_streams_per_user: 20 },
    entries: 150,
    input: (i) => ({ channel: `c${i % 30}` }),
    held: true,
  },
];

/** Responses that report success although nothing is stored. */
export const HIDDEN_TRIALS: Trial[] = [
  proxyResponse(260),
  proxyResponse(200, '<html>Please sign in', 'text/html'),
  proxyResponse(200, '{}', 'application/json'),
  proxyResponse(204, ''),
  {
    name: 'a proxy accepts every second request and drops it',
    chooseFault: (() => {
      let turn = 0;
      return () => (turn++ % 2 === 0 ? { status: 204 } : undefined);
    })(),
    faultMs: FAULT_MS,
  },
];
