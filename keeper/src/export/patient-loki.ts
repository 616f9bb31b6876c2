import { setTimeout as sleep } from 'node:timers/promises';
import { AuditError } from '@auditrail/core';
import { type LokiClient } from '@auditrail/core/loki';

export interface PatienceOptions {
  /** How long Loki may be away, in milliseconds. Default 5 minutes. */
  patienceMs?: number;
  /** Told why a request is tried again. */
  onWait?: (why: string) => void;
}

const PAUSES_MS = [200, 500, 1_000, 2_000, 5_000];
// Longer than the gateway waits for Loki: a request that was lost inside Loki as it restarted ends here.
const REQUEST_MS = 160_000;
const AWAY = new Set([429, 502, 503]);

// An answer that is cut off is no JSON. What Loki says while its parts start is a 500, as is an answer that is too large:
// the reader asks for less then, and here once more.
function isAway(error: unknown): error is AuditError {
  if (!(error instanceof AuditError)) return false;
  if (error.code === 'LOKI_UNREACHABLE' || error.code === 'LOKI_ANSWER') return true;
  return error.code === 'LOKI_REFUSED' && error.status !== undefined && AWAY.has(error.status);
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
 * A client that tries again while Loki is away, such as in a restart: after 0.2 s, then after longer pauses, until it
 * answers or `patienceMs` are over. What Loki refuses (a wrong query, a wrong token) is not tried again.
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
          if (!isAway(silent) && !isStarting(silent)) throw silent;
          const pause = PAUSES_MS[Math.min(tries, PAUSES_MS.length - 1)] ?? 0;
          if (Date.now() + pause > deadline) throw silent;
          onWait?.(silent.message);
          await sleep(pause, undefined, signal && { signal });
        }
      }
    },
  };
}
