export { createAuditLogger, type AuditLogger } from './logger/audit-logger.ts';
export type { Receipt } from './chain/receipt.ts';
export type { AuditLoggerOptions, OnFailure, ReadBackOption, RecordOptions, WaitFor } from './logger/options.ts';
export { lineHash } from './chain/chain.ts';
export type { OperatorLog } from './log.ts';
export { AuditError, type Actor, type AuditEntry, type AuditEntryInput, type AuditErrorCode } from '@auditrail/core';
export {
  auditAttributes,
  AuditLogRecordProcessor,
  type AuditLogRecordProcessorOptions,
} from './record/audit-log-record-processor.ts';
export { diff, type DiffOptions } from './prepare/diff.ts';
export type { ActionDefinition } from './actions/action-definition.ts';
export {
  defineActions,
  type ActionCatalogue,
  type ActionDetails,
  type ActionRecorder,
} from './actions/define-actions.ts';
export type { ActionDescription, ActionsDocument } from './actions/describe-actions.ts';
export { isDenied } from './record/denial.ts';
export type { Acting, ActingInput, DeniedInput, Identity, Principal } from './record/acting.ts';
export { normalise } from './prepare/normalise.ts';
export { redactedHmac, type RedactOptions } from './prepare/redact.ts';
