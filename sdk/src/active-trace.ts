import { isSpanContextValid, trace } from '@opentelemetry/api';
import type { AuditEntryInput } from '@auditrail/core';

/** The active span's trace and span id; `undefined` without a valid span. */
export function activeTrace(): AuditEntryInput['trace'] {
  const context = trace.getActiveSpan()?.spanContext();
  if (!context || !isSpanContextValid(context)) return undefined;
  return { traceId: context.traceId, spanId: context.spanId };
}
