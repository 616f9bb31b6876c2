export { createAuditLogger, type AuditLogger, type Receipt } from './audit-logger.ts';
export type { AuditLoggerOptions, OnFailure, RecordOptions, WaitFor } from './options.ts';
export { lineHash } from './chain.ts';
export type { OperatorLog } from './log.ts';
export { AuditError, type AuditEntry, type AuditEntryInput, type AuditErrorCode } from '@auditrail/core';
export { AuditLogRecordProcessor, type AuditLogRecordProcessorOptions } from './audit-log-record-processor.ts';
