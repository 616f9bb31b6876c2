/**
 * Why Auditrail refused something, as a word that programs can act on and that never changes its meaning.
 *
 * | code | meaning | what to do |
 * | --- | --- | --- |
 * | `INVALID_ENTRY` | the entry breaks the schema; `issues` names every place | mend the caller |
 * | `NOT_CANONICAL` | a value that RFC 8785 cannot express (lone surrogate, NaN, bigint, cycle…) | convert it first |
 * | `INVALID_FILTER` | a filter names an unknown field, operator or too few values | mend the query |
 * | `LOKI_REFUSED` | Loki or the gateway answered with an error; `status` and `message` say which | see the message |
 * | `LOKI_UNREACHABLE` | no answer from Loki or the gateway | check address and network |
 * | `LOKI_ANSWER` | the answer is not what Loki's HTTP API describes | check that the address is Loki's |
 * | `SPOOL_UNAVAILABLE` | the spool folder cannot be written (full, read-only, gone) | free space, mend rights |
 * | `SPOOL_LOCKED` | another live writer holds this spool folder, or all of its sub-folders | see who the message names |
 * | `SPOOL_FULL` | undelivered entries reached the configured size | restore delivery, or allow more |
 * | `CLOSED` | `record()` after `shutdown()` | keep the logger open |
 * | `INVALID_KEY` | a key of the chain cannot be used; `message` says why | mend the key |
 * | `CRYPTO_UNAVAILABLE` | a browser page without WebCrypto | open the page by HTTPS |
 * | `DELIVERY_REFUSED` | the collector refused the entry for good; it lies in `dead-letters.ndjson` | see the reason there |
 * | `DELIVERY_TIMEOUT` | `flush()` or `shutdown()` came before everything was accepted; nothing is lost | check the collector |
 * | `EXPORT_INVALID` | an export with an empty, too long or impossible range, without a format, or with a name that is no file's | mend the request |
 * | `EXPORT_CONFLICT` | other files, or a part of another export, are where an export should go | resume, begin anew, or choose another place |
 * | `EXPORT_UNWRITABLE` | an export's files cannot be written (disk full, no rights) | free space, mend rights |
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
  | 'TOKEN_MISSING';

/** One place in a refused value: `path` in dots from the top, and what is wrong there. */
export interface AuditIssue {
  path: string;
  message: string;
}

export interface AuditErrorDetails {
  cause?: unknown;
  issues?: AuditIssue[];
  /** HTTP status, where a server answered. */
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
