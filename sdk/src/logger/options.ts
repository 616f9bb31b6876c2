import type { AuditEntryInput, AuditError } from '@auditrail/core';
import type { TlsOptions } from '../delivery/http-client.ts';
import type { IntegrityOptions } from '../chain/integrity.ts';
import type { OperatorLog } from '../log.ts';
import type { TokenSource } from '../delivery/endpoint.ts';
import type { RedactOptions } from '../prepare/redact.ts';

/**
 * What `record()` waits for:
 *
 * | value | resolves when | costs |
 * | --- | --- | --- |
 * | `spooled` (default) | the entry is synced to disk | a share of an fsync, some milliseconds |
 * | `delivered` | Loki has accepted it too | a request; in an outage, the time until its end |
 * | `none` | immediately; later failures are only reported | nothing |
 */
export type WaitFor = 'spooled' | 'delivered' | 'none';

/**
 * What happens if an entry cannot be stored: `reject` (default, fail closed: the call rejects, and the action should not
 * happen) or `report` (fail open: the call resolves with `undefined`; the failure is counted in `audit.records.dropped`, passed
 * to `onError` and logged).
 */
export type OnFailure = 'reject' | 'report';

/** How strict one call is. Defaults to the logger's options. */
export interface RecordOptions {
  wait?: WaitFor | undefined;
  onFailure?: OnFailure | undefined;
  /**
   * With `wait: 'delivered'`, milliseconds after which the call fails with `DELIVERY_TIMEOUT`; the entry stays in the spool,
   * and delivery continues. Default none: in an outage the call waits until its end.
   */
  deliveryTimeoutMs?: number | undefined;
}

/**
 * How the logger verifies that Loki holds what it accepted: it asks Auditrail's gateway (`GET /v1/stored`) for the sequence
 * numbers of its chain. Costs one request per half of `afterMs`, about 10 µs of Loki's time per entry and request, and spool
 * space for the entries sent in the last `keepMs`.
 */
export interface ReadBackOption {
  /** Base address of the gateway, if it is not the `endpoint`: for example if a collector on the same host receives the entries. */
  endpoint?: string | undefined;
  /** The gateway's bearer token, if it is not the `token`. */
  token?: TokenSource | undefined;
  /** Milliseconds after an entry was accepted until Loki is first asked for it. Default 30,000. */
  afterMs?: number | undefined;
  /**
   * Milliseconds after an entry was accepted until Loki is asked for it again; if Loki holds it, it leaves the spool. Default
   * 900,000 (15 minutes): longer than Loki needs to have its write-ahead log on disk again after the disk was full.
   */
  keepMs?: number | undefined;
}

export interface AuditLoggerOptions extends RecordOptions {
  /** OpenTelemetry's `service.name`: which application writes. At most 128 bytes of UTF-8. */
  service: string;
  /**
   * Folder for undelivered entries, on a disk that survives a restart. All processes and threads of an app may name the same
   * one: each takes a subfolder, and the others deliver the entries of a dead one.
   */
  spool: string;
  /**
   * Loki's tenant, sent as `X-Scope-OrgID`: 1 to 64 letters, digits, `-`, `_` or `.`, the first a letter or digit.
   * Default `audit`.
   */
  tenant?: string | undefined;
  /** OTLP base address of the collector. Default `http://localhost:4318`. */
  endpoint?: string | undefined;
  /** The collector's bearer token, or a function that returns the current one. */
  token?: TokenSource | undefined;
  /** Your own certificate authorities and client certificate, for an `https` endpoint. */
  tls?: TlsOptions | undefined;
  /** Additional headers of every request. */
  headers?: Record<string, string> | undefined;
  /** What to hide, in addition to the safe defaults (passwords, tokens, card numbers…). */
  redact?: RedactOptions | undefined;
  /** Keys, checkpoints and marks of the chain. Without it, entries are chained by plain SHA-256, with marks at start and end. */
  integrity?: IntegrityOptions | undefined;
  /**
   * Keeps entries in the spool until they were seen in Loki, and sends again what Loki accepted and does not hold. `false`: an
   * entry leaves the spool as soon as it is accepted; the same applies, with a warning in the log, if the endpoint cannot
   * answer.
   */
  readBack?: ReadBackOption | false | undefined;
  /**
   * Undelivered bytes at which `record()` fails with `SPOOL_FULL`. Default 1 GiB. Entries that are only kept to be read back
   * take at most half of it, and half of the disk's free space.
   */
  spoolMaxBytes?: number | undefined;
  /** Milliseconds for one request to the collector. Default 10,000. */
  timeoutMs?: number | undefined;
  /** Longest pause between two attempts, in milliseconds. Default 30,000. */
  maxBackoffMs?: number | undefined;
  /**
   * Called for every entry that could not be stored, or, if the call waited for it, not delivered; also if the call rejects.
   * An error that it throws is logged.
   */
  onError?: ((error: AuditError, entry: AuditEntryInput) => void) | undefined;
  /** Receives warnings. Default the console. */
  log?: OperatorLog | undefined;
}

/** Defaults of the options. */
export const DEFAULTS = {
  tenant: 'audit',
  endpoint: 'http://localhost:4318',
  wait: 'spooled',
  onFailure: 'reject',
  timeoutMs: 10_000,
  maxBackoffMs: 30_000,
  afterMs: 30_000,
  keepMs: 900_000,
} as const;
