/**
 * Why the keeper refused a request: a code that programs can act on and that never changes its meaning.
 *
 * | code | status | what to do |
 * | --- | --- | --- |
 * | `BAD_REQUEST` | 400 | `errors` lists every invalid field |
 * | `UNAUTHENTICATED` | 401 | send a valid token; through Grafana: see the keeper's log |
 * | `FORBIDDEN` | 403 | the token lacks the scope, or the organization does not have this tenant |
 * | `NOT_FOUND` | 404 | the export (for this tenant), format or path does not exist |
 * | `METHOD_NOT_ALLOWED` | 405 | see the header `Allow` |
 * | `NO_INTAKE` | 409 | this keeper does not keep entries: read from Loki, or start it with `--intake-token` |
 * | `WRONG_STATE` | 409 | the export is not (or no longer) in a state that allows it |
 * | `TOO_MANY_EXPORTS` | 409 | delete exports, or wait until some are finished |
 * | `EXPIRED` | 410 | the files are deleted: run the export again |
 * | `TOO_LARGE` | 413 | the request's body exceeds the limit |
 * | `WRONG_TYPE` | 415 | send `Content-Type: application/json`, or for records `application/x-protobuf` |
 * | `UNPROCESSABLE` | 422 | the request is well-formed but cannot be processed, such as an empty range |
 * | `RATE_LIMITED` | 429 | wait for the time in `Retry-After` |
 * | `INTERNAL` | 500 | see the keeper's log |
 * | `BUSY` | 503 | wait for the time in `Retry-After` |
 * | `OUT_OF_MEMORY` | 503 | wait for the time in `Retry-After`; ask for a shorter range, or for fewer entries at once |
 * | `TOO_SLOW` | 504 | use a shorter range, or filters |
 * | `ENTRY_NOT_WRITTEN` | 503 | the audit entry could not be written, so nothing was done: check the collector |
 * | `NOT_STORED` | 503 | the records could not be written to the keeper's disk: see its log; send them again |
 * | `INTAKE_MISCONFIGURED` | 503 | correct the collector's token, address or encoding: it sends the records again |
 * | `TOKEN_MISSING` | 503 | the keeper has no gateway token for this tenant: add one to the file of `--token-file` |
 * | `KEYS_UNAVAILABLE` | 503 | Grafana's signing keys could not be read: check `AUDITRAIL_GRAFANA_URL` |
 */
export const PROBLEMS = {
  BAD_REQUEST: { status: 400, title: 'The request is not valid' },
  UNAUTHENTICATED: { status: 401, title: 'Authentication required' },
  FORBIDDEN: { status: 403, title: 'Not allowed' },
  NOT_FOUND: { status: 404, title: 'Not found' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'Method not allowed' },
  NO_INTAKE: { status: 409, title: 'This keeper does not keep entries' },
  WRONG_STATE: { status: 409, title: 'The status of the export does not allow this' },
  TOO_MANY_EXPORTS: { status: 409, title: 'Too many exports' },
  EXPIRED: { status: 410, title: 'The export has expired' },
  TOO_LARGE: { status: 413, title: 'The request is too large' },
  WRONG_TYPE: { status: 415, title: 'The body has another type' },
  UNPROCESSABLE: { status: 422, title: 'The request cannot be processed' },
  RATE_LIMITED: { status: 429, title: 'Too many requests' },
  INTERNAL: { status: 500, title: 'Internal error' },
  BUSY: { status: 503, title: 'Too many questions at once' },
  OUT_OF_MEMORY: { status: 503, title: 'The answer needs more memory than is free' },
  TOO_SLOW: { status: 504, title: 'The answer takes too long' },
  ENTRY_NOT_WRITTEN: { status: 503, title: 'The audit entry could not be written' },
  NOT_STORED: { status: 503, title: 'The records could not be stored' },
  INTAKE_MISCONFIGURED: { status: 503, title: 'The collector is not configured for this intake' },
  TOKEN_MISSING: { status: 503, title: 'The keeper has no token for this tenant' },
  KEYS_UNAVAILABLE: { status: 503, title: "Grafana's signing keys could not be read" },
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

/** One problem of a refused request. */
export interface FieldProblem {
  path: string;
  message: string;
}

/** A refusal that is sent to the caller, as problem details (RFC 9457). `reason` is for the log only. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly errors: FieldProblem[];
  /** Details for the operator that the caller must not see. */
  readonly reason: string | undefined;
  readonly headers: Record<string, string>;

  constructor(
    code: ProblemCode,
    detail: string,
    more: { errors?: FieldProblem[]; reason?: string; headers?: Record<string, string>; cause?: unknown } = {},
  ) {
    super(detail, 'cause' in more ? { cause: more.cause } : undefined);
    this.code = code;
    this.errors = more.errors ?? [];
    this.reason = more.reason;
    this.headers = more.headers ?? {};
  }

  get status() {
    return PROBLEMS[this.code].status;
  }

  toResponse(): Response {
    const { title, status } = PROBLEMS[this.code];
    const body = {
      type: `urn:auditrail:problem:${this.code.toLowerCase().replaceAll('_', '-')}`,
      title,
      status,
      code: this.code,
      detail: this.message,
      ...(this.errors.length > 0 && { errors: this.errors }),
    };
    return new Response(JSON.stringify(body), {
      status,
      headers: { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store', ...this.headers },
    });
  }
}
