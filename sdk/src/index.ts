export { createAuditLogger, type AuditLogger, type Receipt } from './audit-logger.ts';
export type { AuditLoggerOptions, OnFailure, RecordOptions, WaitFor } from './options.ts';
export { lineHash } from './chain.ts';
export type { OperatorLog } from './log.ts';
export { AuditError, type AuditEntry, type AuditEntryInput, type AuditErrorCode } from '@auditrail/core';
export { AuditLogRecordProcessor, type AuditLogRecordProcessorOptions } from './audit-log-record-processor.ts';
export { diff, type DiffOptions } from './changes.ts';
export {
  defineActions,
  type ActionCatalogue,
  type ActionDefinition,
  type ActionDetails,
  type ActionRecorder,
} from './define-actions.ts';
export type { ActionDescription, ActionsDocument } from './describe-actions.ts';
export { normalise } from './normalise.ts';
export { redactedHmac, type RedactOptions } from './redact.ts';
