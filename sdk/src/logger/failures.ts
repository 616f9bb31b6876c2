import { AuditError, type AuditEntryInput } from '@auditrail/core';
import { oneLine, type OperatorLog } from '../log.ts';
import type { AuditMetrics } from '../metrics.ts';
import type { AuditLoggerOptions } from './options.ts';

/** Whether the entry of this error is on disk, and only its delivery failed. */
export function isStored({ code }: AuditError): boolean {
  return code === 'DELIVERY_REFUSED' || code === 'DELIVERY_TIMEOUT';
}

export interface FailuresOptions extends Pick<AuditLoggerOptions, 'onError'> {
  log: OperatorLog;
  metrics: AuditMetrics;
}

/** Counts an entry that failed and passes it to the application's `onError`. @returns the error with a code */
export type ReportFailure = (error: unknown, entry: AuditEntryInput) => AuditError;

export function reportFailures({ onError, log, metrics }: FailuresOptions): ReportFailure {
  return (cause, entry) => {
    const error = cause instanceof AuditError ? cause : new AuditError('SPOOL_UNAVAILABLE', String(cause), { cause });
    // The sender has counted a refused entry; one that timed out may still be accepted.
    if (!isStored(error)) metrics.dropped(1, error.code);
    // An error that the application's function throws must neither replace this one nor end the process.
    const callBack = async () => {
      await (onError?.(error, entry) as unknown);
    };
    callBack().catch((bug: unknown) => log.error(`onError failed: ${oneLine(String(bug))}`));
    return error;
  };
}
