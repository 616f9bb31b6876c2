import { isSpanContextValid, trace } from '@opentelemetry/api';
import type { AuditEntryInput } from '@auditrail/core';

/** The trace of the span that is active now, as an entry names it. */
export function activeTrace(): AuditEntryInput['trace'] {
  const context = trace.getActiveSpan()?.spanContext();
  if (!context || !isSpanContextValid(context)) return undefined;
  return { traceId: context.traceId, spanId: context.spanId };
}
