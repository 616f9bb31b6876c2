import { AuditError, type AuditEntryInput } from '@auditrail/core';
import { activeTrace } from '../active-trace.ts';
import type { ChainWriter } from '../chain/chain-writer.ts';
import type { Receipt } from '../chain/receipt.ts';
import { countEntry, uncountEntry, type RequestEntries } from '../context/request-context.ts';
import type { PrepareInput } from '../prepare/prepare-input.ts';
import { strictnessProblem } from './check-options.ts';
import { isStored, type ReportFailure } from './failures.ts';
import { DEFAULTS, type AuditLoggerOptions, type RecordOptions } from './options.ts';

interface RecordParts {
  prepare: PrepareInput;
  chain: Pick<ChainWriter, 'append'>;
  failed: ReportFailure;
  isClosed: () => boolean;
}

type RecordEntry = (input: AuditEntryInput, how?: RecordOptions) => Promise<Receipt>;

/** Creates the logger's `record`: what a call waits for, and what it does about a failure. */
export function createRecord(
  options: AuditLoggerOptions,
  { prepare, chain, failed, isClosed }: RecordParts,
): RecordEntry {
  const { log = console } = options;

  const store = async (
    input: AuditEntryInput,
    { wait = options.wait ?? DEFAULTS.wait, deliveryTimeoutMs = options.deliveryTimeoutMs }: RecordOptions,
    entries: RequestEntries | undefined,
  ): Promise<Receipt> => {
    if (isClosed()) throw new AuditError('CLOSED', 'the audit logger was shut down');
    const prepared = prepare(input);
    const trace = prepared?.trace === undefined ? activeTrace() : undefined;
    const { receipt, stored } = chain.append(trace ? { ...prepared, trace } : prepared);
    if (wait === 'none') {
      stored.catch((error: unknown) => {
        uncountEntry(entries);
        log.error(`an audit entry was not stored: ${failed(error, input).message}`);
      });
      return receipt;
    }
    const entry = await stored;
    if (wait === 'delivered') await entry.delivery.accepted(entry.position, deliveryTimeoutMs);
    return entry.receipt;
  };

  return async (input, how = {}) => {
    const entries = countEntry();
    try {
      const problem = strictnessProblem(how);
      if (problem) {
        const { path, message } = problem;
        throw new AuditError('INVALID_ENTRY', `option ${path}: ${message}`, { issues: [problem] });
      }
      return await store(input, how, entries);
    } catch (cause) {
      const error = failed(cause, input);
      if (!isStored(error)) uncountEntry(entries);
      if ((how.onFailure ?? options.onFailure ?? DEFAULTS.onFailure) !== 'report') throw error;
      log.error(`an audit entry was not ${isStored(error) ? 'delivered' : 'stored'}: ${error.message}`);
      return undefined as never;
    }
  };
}
