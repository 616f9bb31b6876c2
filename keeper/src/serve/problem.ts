/**
 * Why the keeper refused a request, as a word that programs can act on and that never changes its meaning.
 *
 * | code | status | what to do |
 * | --- | --- | --- |
 * | `BAD_REQUEST` | 400 | `errors` names every place that is wrong |
 * | `UNAUTHENTICATED` | 401 | send a token that is valid; through Grafana: see the keeper's log |
 * | `FORBIDDEN` | 403 | the token lacks the scope, or the organisation has no tenant here |
 * | `NOT_FOUND` | 404 | there is no such export (for this tenant), format or path |
 * | `METHOD_NOT_ALLOWED` | 405 | see the header `Allow` |
 * | `WRONG_STATE` | 409 | the export is not (or no longer) in a state that allows it |
 * | `TOO_MANY_EXPORTS` | 409 | delete exports, or wait until some are finished |
 * | `EXPIRED` | 410 | the files are gone: run the export again |
 * | `TOO_LARGE` | 413 | the request's body is longer than a request can be |
 * | `WRONG_TYPE` | 415 | send `Content-Type: application/json` |
 * | `UNPROCESSABLE` | 422 | the request is well-formed and still cannot be followed, such as a range that is empty |
 * | `RATE_LIMITED` | 429 | wait as long as `Retry-After` says |
 * | `INTERNAL` | 500 | see the keeper's log |
 * | `ENTRY_NOT_WRITTEN` | 503 | the audit entry of what was asked could not be written, so it was not done: check the collector |
 * | `TOKEN_MISSING` | 503 | the keeper has no gateway token for this tenant: add one to the file of `--token-file` |
 * | `KEYS_UNAVAILABLE` | 503 | Grafana's signing keys could not be read: check `AUDITRAIL_GRAFANA_URL` |
 */
export const PROBLEMS = {
  BAD_REQUEST: { status: 400, title: 'The request is not valid' },
  UNAUTHENTICATED: { status: 401, title: 'Nobody known is asking' },
  FORBIDDEN: { status: 403, title: 'This is not allowed' },
  NOT_FOUND: { status: 404, title: 'There is nothing here' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'This method is not offered here' },
  WRONG_STATE: { status: 409, title: 'The export is not in a state for this' },
  TOO_MANY_EXPORTS: { status: 409, title: 'There are too many exports' },
  EXPIRED: { status: 410, title: 'The export has expired' },
  TOO_LARGE: { status: 413, title: 'The request is too large' },
  WRONG_TYPE: { status: 415, title: 'The body is no JSON' },
  UNPROCESSABLE: { status: 422, title: 'The request cannot be followed' },
  RATE_LIMITED: { status: 429, title: 'Too many requests' },
  INTERNAL: { status: 500, title: 'The keeper failed' },
  ENTRY_NOT_WRITTEN: { status: 503, title: 'The audit entry could not be written' },
  TOKEN_MISSING: { status: 503, title: 'The keeper has no token for this tenant' },
  KEYS_UNAVAILABLE: { status: 503, title: "Grafana's signing keys could not be read" },
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

/** One place in a refused request. */
export interface ProblemPlace {
  path: string;
  message: string;
}

/** A refusal that the caller is told of, as problem details (RFC 9457). `reason` is for the log only. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly errors: ProblemPlace[];
  /** What the operator should know and the caller should not. */
  readonly reason: string | undefined;
  readonly headers: Record<string, string>;

  constructor(
    code: ProblemCode,
    detail: string,
    more: { errors?: ProblemPlace[]; reason?: string; headers?: Record<string, string>; cause?: unknown } = {},
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
