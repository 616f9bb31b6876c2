import { fitsUtf8, isTenant, LIMITS, TENANT_RULE } from '@auditrail/core';
import type { AuditLoggerOptions, OnFailure, RecordOptions, WaitFor } from './options.ts';

const WAITS: Record<WaitFor, true> = { spooled: true, delivered: true, none: true };
const ON_FAILURE: Record<OnFailure, true> = { reject: true, report: true };
// The longest timer of Node; with a longer time it fires at once.
const MAX_MS = 2 ** 31 - 1;

const names = (known: object) => Object.keys(known).join(', ');

function numberProblem(value: unknown, most: number): string | undefined {
  if (typeof value === 'number' && value > 0 && value <= most) return undefined;
  return `give a number above 0, and at most ${most} (not ${String(value)})`;
}

/** The problem with the options of one call or logger, and the option that has it; `undefined` if there is none. */
export function strictnessProblem(how: RecordOptions): { path: keyof RecordOptions; message: string } | undefined {
  const { wait, onFailure, deliveryTimeoutMs } = how;
  if (wait !== undefined && !Object.hasOwn(WAITS, wait)) {
    return { path: 'wait', message: `${JSON.stringify(wait)} is not one of ${names(WAITS)}` };
  }
  if (onFailure !== undefined && !Object.hasOwn(ON_FAILURE, onFailure)) {
    return { path: 'onFailure', message: `${JSON.stringify(onFailure)} is not one of ${names(ON_FAILURE)}` };
  }
  const message = deliveryTimeoutMs === undefined ? undefined : numberProblem(deliveryTimeoutMs, MAX_MS);
  return message === undefined ? undefined : { path: 'deliveryTimeoutMs', message };
}

function checkHeaders({ headers = {}, token }: AuditLoggerOptions): void {
  const { validateHeaderName, validateHeaderValue } = process.getBuiltinModule('node:http');
  for (const [name, value] of Object.entries(headers)) {
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    } catch (cause) {
      throw new TypeError(`option headers: ${(cause as Error).message}`, { cause });
    }
  }
  if (typeof token !== 'string') return;
  try {
    validateHeaderValue('Authorization', `Bearer ${token}`);
  } catch {
    // Without the cause: its message may contain the secret, which must not get into a log.
    throw new TypeError('option token: it cannot be sent in a header; is there a line break at its end?');
  }
}

/**
 * Options come from files and the environment, which no type checks: a missing, empty or non-numeric one is reported at
 * start, not by entries that cannot be read or delivered.
 *
 * @throws TypeError that names the option
 */
export function checkOptions(options: AuditLoggerOptions): void {
  // Options that are missing altogether have neither.
  const { service, spool, tenant, spoolMaxBytes, timeoutMs, maxBackoffMs, readBack } = options ?? {};
  for (const [name, value] of Object.entries({ service, spool })) {
    if (typeof value !== 'string' || value === '') {
      const got = value === undefined ? 'it is missing' : `not ${JSON.stringify(value)}`;
      throw new TypeError(`option ${name}: give a text that is not empty (${got})`);
    }
  }
  if (!service.isWellFormed()) throw new TypeError('option service: it is not well-formed Unicode');
  if (!fitsUtf8(service, LIMITS.serviceBytes)) {
    throw new TypeError(`option service: give at most ${LIMITS.serviceBytes} bytes of UTF-8`);
  }
  if (tenant !== undefined && !isTenant(tenant)) {
    throw new TypeError(`option tenant: ${JSON.stringify(tenant)} is not a tenant: give ${TENANT_RULE}`);
  }
  const problem = strictnessProblem(options);
  if (problem) throw new TypeError(`option ${problem.path}: ${problem.message}`);
  for (const [name, value, most] of [
    ['spoolMaxBytes', spoolMaxBytes, Infinity],
    ['timeoutMs', timeoutMs, MAX_MS],
    ['maxBackoffMs', maxBackoffMs, MAX_MS],
    ['readBack.afterMs', readBack === false ? undefined : readBack?.afterMs, MAX_MS],
    ['readBack.keepMs', readBack === false ? undefined : readBack?.keepMs, MAX_MS],
  ] as const) {
    const wrong = value === undefined ? undefined : numberProblem(value, most);
    if (wrong !== undefined) throw new TypeError(`option ${name}: ${wrong}`);
  }
  checkHeaders(options);
}
