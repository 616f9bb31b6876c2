import { isSpanContextValid, type HrTime } from '@opentelemetry/api';
import type { ForceFlushOptions, LogRecordProcessor, ReadWriteLogRecord } from '@opentelemetry/sdk-logs';
import {
  ATTRIBUTES,
  AuditError,
  formatTime,
  fromAttributes,
  type AuditEntryInput,
  type JsonValue,
  type UncheckedFields,
} from '@auditrail/core';
import type { AuditLogger } from '../logger/audit-logger.ts';
import { oneLine, type OperatorLog } from '../log.ts';
import { normalise } from '../prepare/normalise.ts';
import { prepareInput } from '../prepare/prepare-input.ts';
import { checkInput } from '../prepare/check-input.ts';

export interface AuditLogRecordProcessorOptions {
  /** Called for each valid record that could not be stored (such as `SPOOL_FULL`). Default: one line to `log`. */
  onError?: ((error: unknown, entry: AuditEntryInput) => void) | undefined;
  /** Default: the console. */
  log?: OperatorLog | undefined;
}

const isFields = (value: unknown): value is UncheckedFields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);

// The range of a Date.
const MAX_SECONDS = 8.64e12;

const sameTime = (a: HrTime, b: HrTime) => a[0] === b[0] && a[1] === b[1];

// OpenTelemetry accepts any number as a timestamp, such as nanoseconds instead of milliseconds, or NaN.
function timeOf([seconds, nanoseconds]: HrTime): string {
  if (Number.isFinite(seconds) && Number.isFinite(nanoseconds) && Math.abs(seconds) < MAX_SECONDS) {
    return formatTime(BigInt(Math.trunc(seconds)) * 1_000_000_000n + BigInt(Math.trunc(nanoseconds)));
  }
  const message = `the record's timestamp is invalid (${seconds} s): use a Date, or milliseconds since 1970`;
  throw new AuditError('INVALID_ENTRY', message, { issues: [{ path: 'time', message }] });
}

/**
 * Converts values to attributes that OpenTelemetry accepts. OpenTelemetry silently drops an `Error`, `Date`, `Map` or bigint,
 * also inside a list; this function converts them to the JSON that `record()` would store.
 *
 * @example logger.emit({ body, attributes: auditAttributes({ 'audit.action': 'job.failed', due: new Date(), error }) })
 */
export function auditAttributes(values: Readonly<Record<string, unknown>>): Record<string, JsonValue> {
  const plain = Object.entries(values).map(([name, value]) => [name, normalise(value)] as const);
  return Object.fromEntries(plain.filter((entry): entry is [string, JsonValue] => entry[1] !== undefined));
}

// Merges the fields of both, and of nested objects that both have. Attributes win over the body.
function merged(body: UncheckedFields, attributes: UncheckedFields): UncheckedFields {
  const groups = Object.entries(attributes).map(([name, value]): [string, unknown] => {
    const other = Object.hasOwn(body, name) ? body[name] : undefined;
    return [name, isFields(other) && isFields(value) ? { ...other, ...value } : value];
  });
  return { ...body, ...Object.fromEntries(groups) };
}

function toInput(record: ReadWriteLogRecord): UncheckedFields {
  const { body, attributes, eventName, spanContext, hrTime, hrTimeObserved, droppedAttributesCount } = record;
  const bodyFields = isFields(body) ? body : body === undefined || body === null ? {} : { description: body };
  const contextFields: UncheckedFields = {};
  if (spanContext && isSpanContextValid(spanContext)) {
    contextFields['trace'] = { traceId: spanContext.traceId, spanId: spanContext.spanId };
  }
  // Without a timestamp of the caller's, the logger sets one that rises with every entry.
  if (!sameTime(hrTime, hrTimeObserved)) {
    contextFields['time'] = timeOf(hrTime);
  }
  const fields = merged({ ...bodyFields, ...contextFields }, fromAttributes(attributes));
  if (eventName !== undefined && eventName !== fields['action']) {
    const message = `the record's event name ${oneLine(eventName)} differs from its ${ATTRIBUTES.action}: remove one of them`;
    throw new AuditError('INVALID_ENTRY', message, { issues: [{ path: 'action', message }] });
  }
  if (droppedAttributesCount > 0) {
    const message = `${droppedAttributesCount} attributes were dropped by the LoggerProvider's logRecordLimits: raise them`;
    throw new AuditError('INVALID_ENTRY', message, { issues: [{ path: 'attributes', message }] });
  }
  return fields;
}

// Skips `changes` and `properties`: they may hold any value, and record() converts them.
function check(input: AuditEntryInput): void {
  const { changes, properties, ...fields } = input;
  const rest = { ...(changes && { changes: [] }), ...(properties && { properties: {} }) };
  checkInput({ ...prepareInput(fields), ...rest });
}

/**
 * Turns log records of an existing `LoggerProvider` into audit entries. Only records with the attribute `audit.action` are
 * used; other processors get all records as before.
 *
 * OpenTelemetry drops attributes that are not plain data; convert them with {@link auditAttributes}.
 *
 * Attribute names are those of OTEP 0267 and of `@auditrail/core`; unknown attributes become `properties` of the entry. The
 * body is the description, or an object with fields that attributes cannot hold:
 * `{ description, changes, properties, error: { code } }`.
 *
 * `emit()` throws `AuditError` `INVALID_ENTRY` for an invalid entry. It cannot wait for the disk: await `forceFlush()`, which
 * rejects if an entry could not be stored. If an action must not happen without its entry, call `audit.record()` instead.
 * After `provider.shutdown()` OpenTelemetry silently drops records: shut it down last.
 *
 * @example
 * const provider = new LoggerProvider({ processors: [existing, new AuditLogRecordProcessor(audit)] });
 * provider.getLogger('shop').emit({
 *   body: 'Ada Lovelace signed in',
 *   attributes: { 'audit.action': 'user.login', 'audit.actor.type': 'user', 'audit.actor.id': '42' },
 * });
 */
export class AuditLogRecordProcessor implements LogRecordProcessor {
  readonly #audit: Pick<AuditLogger, 'record' | 'flush' | 'shutdown'>;
  readonly #onError: (error: unknown, entry: AuditEntryInput) => void;
  readonly #writing = new Set<Promise<void>>();
  #failure: { error: unknown; count: number } | undefined;

  constructor(
    audit: Pick<AuditLogger, 'record' | 'flush' | 'shutdown'>,
    { onError, log = console }: AuditLogRecordProcessorOptions = {},
  ) {
    this.#audit = audit;
    this.#onError =
      onError ?? ((error, { action }) => log.error(`entry ${action} was not recorded: ${oneLine(String(error))}`));
  }

  onEmit(record: ReadWriteLogRecord): void {
    if (!Object.hasOwn(record.attributes, ATTRIBUTES.action)) return;
    const input = toInput(record) as AuditEntryInput;
    // record() rejects too late: only an exception reaches the caller of emit().
    check(input);
    const writing = this.#audit
      .record(input)
      .then(
        () => undefined,
        (error: unknown) => {
          this.#failure = { error: this.#failure?.error ?? error, count: (this.#failure?.count ?? 0) + 1 };
          this.#onError(error, input);
        },
      )
      .finally(() => this.#writing.delete(writing));
    this.#writing.add(writing);
  }

  /**
   * Waits until Loki has accepted all entries.
   *
   * @throws AuditError with the first error's code if entries since the last call could not be stored; `DELIVERY_TIMEOUT`
   */
  async forceFlush(options?: ForceFlushOptions): Promise<void> {
    await this.#written();
    await this.#audit.flush(options?.timeoutMillis === undefined ? {} : { timeoutMs: options.timeoutMillis });
  }

  /** Shuts the logger down. @throws AuditError if entries since the last `forceFlush` could not be stored */
  async shutdown(): Promise<void> {
    try {
      await this.#written();
    } finally {
      await this.#audit.shutdown();
    }
  }

  async #written(): Promise<void> {
    await Promise.all(this.#writing);
    const failure = this.#failure;
    this.#failure = undefined;
    if (!failure) return;
    const { error, count } = failure;
    const code = error instanceof AuditError ? error.code : 'SPOOL_UNAVAILABLE';
    throw new AuditError(code, `${count} entries were not recorded; first error: ${String(error)}`, { cause: error });
  }
}
