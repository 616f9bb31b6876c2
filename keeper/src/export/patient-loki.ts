import { setTimeout as sleep } from 'node:timers/promises';
import { AuditError } from '@auditrail/core';
import { type LokiClient } from '@auditrail/core/loki';

export interface PatienceOptions {
  /** How long Loki may be unavailable, in milliseconds. Default: 5 minutes. */
  patienceMs?: number;
  /** Called with the reason before a request is retried. */
  onWait?: (why: string) => void;
}

const PAUSES_MS = [200, 500, 1_000, 2_000, 5_000];
// Longer than the gateway waits for Loki: ends a request that was lost inside Loki during a restart.
const REQUEST_MS = 160_000;
const UNAVAILABLE = new Set([429, 502, 503]);

// An answer that is cut off is not JSON. While its components start, Loki answers 500, as for an answer that is too
// large: the reader then asks for less, which is retried here.
function isUnavailable(error: unknown): error is AuditError {
  if (!(error instanceof AuditError)) return false;
  if (error.code === 'LOKI_UNREACHABLE' || error.code === 'LOKI_ANSWER') return true;
  return error.code === 'LOKI_REFUSED' && error.status !== undefined && UNAVAILABLE.has(error.status);
}

function isStarting(error: unknown): error is AuditError {
  return (
    error instanceof AuditError &&
    error.status === 500 &&
    /empty ring|too many unhealthy instances|not ready|shutting down|connection refused|code = (Unavailable|Canceled)|context canceled/i.test(
      error.message,
    )
  );
}

/**
 * A client that retries while Loki is unavailable, such as during a restart: after 0.2 s, then after longer pauses, until
 * it answers or `patienceMs` are over. Requests that Loki refuses (a wrong query, a wrong token) are not retried.
 */
export function patientLoki(loki: LokiClient, { patienceMs = 300_000, onWait }: PatienceOptions = {}): LokiClient {
  return {
    async get(path, params, signal) {
      const deadline = Date.now() + patienceMs;
      for (let tries = 0; ; tries++) {
        const limit = AbortSignal.timeout(REQUEST_MS);
        try {
          return await loki.get(path, params, signal ? AbortSignal.any([signal, limit]) : limit);
        } catch (error) {
          signal?.throwIfAborted();
          const silent = limit.aborted
            ? new AuditError('LOKI_UNREACHABLE', `no answer in ${REQUEST_MS / 1000} s`, { cause: error })
            : error;
          if (!isUnavailable(silent) && !isStarting(silent)) throw silent;
          const pause = PAUSES_MS[Math.min(tries, PAUSES_MS.length - 1)] ?? 0;
          if (Date.now() + pause > deadline) throw silent;
          onWait?.(silent.message);
          await sleep(pause, undefined, signal && { signal });
        }
      }
    },
  };
}
