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
 * | `delivered` | Loki has accepted it, too | a request; in an outage as long as that lasts |
 * | `none` | at once; what goes wrong later is only reported | nothing |
 */
export type WaitFor = 'spooled' | 'delivered' | 'none';

/**
 * What happens where an entry cannot be stored: `reject` (default, fail closed: the call rejects, and the action should not
 * happen) or `report` (fail open: the call resolves with `undefined`; the failure is counted in `audit.records.dropped`, given
 * to `onError` and logged).
 */
export type OnFailure = 'reject' | 'report';

/** How strict one call is; what is left out is as the logger's options say. */
export interface RecordOptions {
  wait?: WaitFor | undefined;
  onFailure?: OnFailure | undefined;
  /**
   * With `wait: 'delivered'`, milliseconds after which the call fails with `DELIVERY_TIMEOUT`; the entry stays in the spool
   * and is tried on. Default none: in an outage the call waits as long as that lasts.
   */
  deliveryTimeoutMs?: number | undefined;
}

/**
 * How the logger makes sure that Loki holds what it accepted: it asks Auditrail's gateway (`GET /v1/stored`) for the sequence
 * numbers of its chain. Costs one question for each half of `afterMs`, about 10 µs of Loki's time for each entry and look, and
 * room in the spool for what was sent in the last `keepMs`.
 */
export interface ReadBackOption {
  /** Base address of the gateway, if it is not the `endpoint`: where a collector on the same host takes the entries. */
  endpoint?: string | undefined;
  /** The gateway's bearer token, if it is not the `token`. */
  token?: TokenSource | undefined;
  /** Milliseconds after an entry was accepted until Loki is asked for it first. Default 30,000. */
  afterMs?: number | undefined;
  /**
   * Milliseconds after an entry was accepted until Loki is asked for it once more; if Loki holds it, it leaves the spool. Default
   * 900,000 (15 minutes): longer than Loki needs to have its write-ahead log on disk again after the disk was full.
   */
  keepMs?: number | undefined;
}

export interface AuditLoggerOptions extends RecordOptions {
  /** OpenTelemetry's `service.name`: which application writes. At most 128 bytes of UTF-8. */
  service: string;
  /**
   * Folder for undelivered entries, on a disk that survives a restart. All processes and threads of an app may name the same
   * one: each takes a sub-folder, and what a dead one left is delivered by the others.
   */
  spool: string;
  /**
   * Loki's tenant, sent as `X-Scope-OrgID`: 1 to 64 letters, digits, `-`, `_` or `.`, the first a letter or digit.
   * Default `audit`.
   */
  tenant?: string | undefined;
  /** OTLP base address of the collector. Default `http://localhost:4318`. */
  endpoint?: string | undefined;
  /** The collector's bearer token, or a function that gives the one that holds now. */
  token?: TokenSource | undefined;
  /** Authorities and a client certificate of your own, for an `https` endpoint. */
  tls?: TlsOptions | undefined;
  /** Further headers of every request. */
  headers?: Record<string, string> | undefined;
  /** What to hide, beside the safe defaults (passwords, tokens, card numbers…). */
  redact?: RedactOptions | undefined;
  /** Keys, checkpoints and marks of the chain. Without it, entries are chained by plain SHA-256, with marks at start and end. */
  integrity?: IntegrityOptions | undefined;
  /**
   * Keeps entries in the spool until they were seen in Loki, and sends again what Loki accepted and does not hold. `false`: an
   * entry leaves the spool as soon as it is accepted. If the endpoint cannot be asked, the log says so, and the same holds.
   */
  readBack?: ReadBackOption | false | undefined;
  /**
   * Undelivered bytes at which `record()` fails with `SPOOL_FULL`. Default 1 GiB. Entries that are only kept to be read back
   * take at most half of it, and of the disk's free room.
   */
  spoolMaxBytes?: number | undefined;
  /** Milliseconds for one request to the collector. Default 10,000. */
  timeoutMs?: number | undefined;
  /** Longest pause between two tries, in milliseconds. Default 30,000. */
  maxBackoffMs?: number | undefined;
  /**
   * Told of every entry that could not be stored, or, where somebody waited for it, not delivered; also where the call
   * rejects. What it throws goes to the log.
   */
  onError?: ((error: AuditError, entry: AuditEntryInput) => void) | undefined;
  /** Where warnings go. Default the console. */
  log?: OperatorLog | undefined;
}

/** What holds where nothing is said. */
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
