/**
 * Why Auditrail refused something: a code that programs can act on and that never changes its meaning.
 *
 * | code | meaning | what to do |
 * | --- | --- | --- |
 * | `INVALID_ENTRY` | the entry breaks the schema; `issues` names every field | fix the caller |
 * | `NOT_CANONICAL` | a value that RFC 8785 cannot express (lone surrogate, NaN, bigint, cycle…) | convert it first |
 * | `INVALID_FILTER` | a filter names an unknown field or operator, or has a wrong value or number of values | fix the query |
 * | `LOKI_REFUSED` | Loki or the gateway answered with an error; see `status` and `message` | see the message |
 * | `LOKI_UNREACHABLE` | no answer from Loki or the gateway | check address and network |
 * | `LOKI_ANSWER` | the answer is not what Loki's HTTP API describes | check that the address is Loki's |
 * | `SPOOL_UNAVAILABLE` | the spool folder cannot be written (full, read-only, deleted) | free space, fix permissions |
 * | `SPOOL_LOCKED` | another live writer holds this spool folder, or all of its sub-folders | see the process in the message |
 * | `SPOOL_FULL` | undelivered entries reached the configured size | restore delivery, or raise the limit |
 * | `CLOSED` | `record()` after `shutdown()` | call `shutdown()` last |
 * | `INVALID_KEY` | a key of the chain cannot be used; see `message` | fix the key |
 * | `CRYPTO_UNAVAILABLE` | a browser page without WebCrypto | open the page by HTTPS |
 * | `DELIVERY_REFUSED` | the collector refused the entry permanently; it is in `dead-letters.ndjson` | see the reason there |
 * | `DELIVERY_TIMEOUT` | entries were not accepted in time; they stay in the spool | check the collector |
 * | `EXPORT_INVALID` | an export with an empty, too long or impossible range, without a format, or with an invalid file name | fix the request |
 * | `EXPORT_CONFLICT` | the folder of an export contains other files, or a part of another export | resume, start again, or choose another folder |
 * | `EXPORT_UNWRITABLE` | an export's files cannot be written (disk full, no permission) | free space, fix permissions |
 * | `KEEPER_UNAVAILABLE` | the keeper did not answer a question about entries, or not as its API describes | read from Loki |
 * | `TOKEN_MISSING` | there is no gateway token for this tenant and role | create one and add it to the program's file of tokens |
 */
export type AuditErrorCode =
  | 'INVALID_ENTRY'
  | 'NOT_CANONICAL'
  | 'INVALID_FILTER'
  | 'LOKI_REFUSED'
  | 'LOKI_UNREACHABLE'
  | 'LOKI_ANSWER'
  | 'SPOOL_UNAVAILABLE'
  | 'SPOOL_LOCKED'
  | 'SPOOL_FULL'
  | 'CLOSED'
  | 'INVALID_KEY'
  | 'CRYPTO_UNAVAILABLE'
  | 'DELIVERY_REFUSED'
  | 'DELIVERY_TIMEOUT'
  | 'EXPORT_INVALID'
  | 'EXPORT_CONFLICT'
  | 'EXPORT_UNWRITABLE'
  | 'KEEPER_UNAVAILABLE'
  | 'TOKEN_MISSING';

/** One problem of a refused value: its `path` with dots from the top, and a `message`. */
export interface AuditIssue {
  path: string;
  message: string;
}

export interface AuditErrorDetails {
  cause?: unknown;
  issues?: AuditIssue[];
  /** HTTP status, if a server answered. */
  status?: number;
}

/**
 * The one error class of Auditrail: branch on `code`, show `message`.
 *
 * @example
 * try { await audit.record(entry) } catch (error) {
 *   if (error instanceof AuditError && error.code === 'SPOOL_FULL') page('audit spool is full');
 * }
 */
export class AuditError extends Error {
  override readonly name = 'AuditError';
  readonly code: AuditErrorCode;
  readonly issues: AuditIssue[];
  readonly status: number | undefined;

  constructor(code: AuditErrorCode, message: string, details: AuditErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.issues = details.issues ?? [];
    this.status = details.status;
  }
}
