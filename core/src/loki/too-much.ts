import { AuditError } from '../errors.ts';

/**
 * Whether Loki refused because a request asks for too much, so a smaller one can succeed: an answer over the gRPC limit or a
 * query that takes too long ends as 500 or 504, a limit of entries, series or time as 400. 502 and 503 mean that Loki is
 * away.
 */
export function isTooMuchForLoki(error: unknown): boolean {
  if (!(error instanceof AuditError) || error.code !== 'LOKI_REFUSED') return false;
  if (error.status === 400) return /maximum|too many|exceed/i.test(error.message);
  return error.status === 500 || error.status === 504;
}
