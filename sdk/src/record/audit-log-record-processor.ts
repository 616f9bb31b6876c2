import { isSpanContextValid, type HrTime } from '@opentelemetry/api';
import type { ForceFlushOptions, LogRecordProcessor, ReadWriteLogRecord } from '@opentelemetry/sdk-logs';
import {
  ATTRIBUTES,
  AuditError,
  completeEntry,
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

export interface AuditLogRecordProcessorOptions {
  /** Told of every valid record that the logger could not take (such as `SPOOL_FULL`). Default one line to `log`. */
  onError?: ((error: unknown, entry: AuditEntryInput) => void) | undefined;
  /** Where warnings go. Default the console. */
  log?: OperatorLog | undefined;
}

const STAMP = { id: '00000000-0000-7000-8000-000000000000', time: '1970-01-01T00:00:00Z', service: '-' };

const isFields = (value: unknown): value is UncheckedFields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);

// Years that a Date can hold.
const MOST_SECONDS = 8.64e12;

const sameTime = (a: HrTime, b: HrTime) => a[0] === b[0] && a[1] === b[1];

// OpenTelemetry takes any number for a timestamp: nanoseconds where milliseconds are meant, NaN, a part of a nanosecond.
function timeOf([seconds, nanoseconds]: HrTime): string {
  if (Number.isFinite(seconds) && Number.isFinite(nanoseconds) && Math.abs(seconds) < MOST_SECONDS) {
    return formatTime(BigInt(Math.trunc(seconds)) * 1_000_000_000n + BigInt(Math.trunc(nanoseconds)));
  }
  const message = `the record's timestamp is no time (${seconds} s): give a Date, or milliseconds since 1970`;
  throw new AuditError('INVALID_ENTRY', message, { issues: [{ path: 'time', message }] });
}

/**
 * Values as OpenTelemetry takes them for attributes. It drops an `Error`, a `Date`, a `Map` and a bigint without an error, also
 * within a list, before any processor sees them; here they become what `record()` would store.
 *
 * @example logger.emit({ body, attributes: auditAttributes({ 'audit.action': 'job.failed', due: new Date(), error }) })
 */
export function auditAttributes(values: Readonly<Record<string, unknown>>): Record<string, JsonValue> {
  const plain = Object.entries(values).map(([name, value]) => [name, normalise(value)] as const);
  return Object.fromEntries(plain.filter((entry): entry is [string, JsonValue] => entry[1] !== undefined));
}

// Members of both; where both have a group of fields, its members. The attributes go before the body.
function merged(body: UncheckedFields, attributes: UncheckedFields): UncheckedFields {
  const groups = Object.entries(attributes).map(([name, value]): [string, unknown] => {
    const said = Object.hasOwn(body, name) ? body[name] : undefined;
    return [name, isFields(said) && isFields(value) ? { ...said, ...value } : value];
  });
  return { ...body, ...Object.fromEntries(groups) };
}

function toInput(record: ReadWriteLogRecord): UncheckedFields {
  const { body, attributes, eventName, spanContext, hrTime, hrTimeObserved, droppedAttributesCount } = record;
  const said = isFields(body) ? body : body === undefined || body === null ? {} : { description: body };
  const stated: UncheckedFields = {};
  if (spanContext && isSpanContextValid(spanContext)) {
    stated['trace'] = { traceId: spanContext.traceId, spanId: spanContext.spanId };
  }
  // Who gave no time gets the logger's own, which rises with every entry.
  if (!sameTime(hrTime, hrTimeObserved)) {
    stated['time'] = timeOf(hrTime);
  }
  const fields = merged({ ...said, ...stated }, fromAttributes(attributes));
  if (eventName !== undefined && eventName !== fields['action']) {
    const message = `the record's event name ${oneLine(eventName)} is not its ${ATTRIBUTES.action}: leave one of them away`;
    throw new AuditError('INVALID_ENTRY', message, { issues: [{ path: 'action', message }] });
  }
  if (droppedAttributesCount > 0) {
    const message = `${droppedAttributesCount} attributes were dropped by the LoggerProvider's logRecordLimits: raise them`;
    throw new AuditError('INVALID_ENTRY', message, { issues: [{ path: 'attributes', message }] });
  }
  return fields;
}

// What an application may put freely is the logger's to make storable.
function check(input: AuditEntryInput): void {
  const { changes, properties, ...fields } = input;
  const rest = { ...(changes && { changes: [] }), ...(properties && { properties: {} }) };
  completeEntry({ ...prepareInput(fields), ...rest }, STAMP);
}

/**
 * Makes audit entries of the log records of a `LoggerProvider` that an application has already. A record is one where it has
 * the attribute `audit.action`; all others are left to the other processors.
 *
 * OpenTelemetry drops attributes that are no plain data; {@link auditAttributes} makes them so.
 *
 * Attributes are named as OTEP 0267 and core name them; what is no field of an entry goes to its `properties`. The body is the
 * description, or a map with what no attribute can hold: `{ description, changes, properties, error: { code } }`.
 *
 * `emit()` throws `AuditError` `INVALID_ENTRY` for a record that is no valid entry. It cannot wait for the disk: await
 * `forceFlush()`, which rejects where an entry could not be taken, or call `audit.record()` where an action must not happen
 * without its entry. After `provider.shutdown()` OpenTelemetry drops records in silence: shut it down last.
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
      onError ?? ((error, { action }) => log.error(`the entry ${action} was not recorded: ${oneLine(String(error))}`));
  }

  onEmit(record: ReadWriteLogRecord): void {
    if (!Object.hasOwn(record.attributes, ATTRIBUTES.action)) return;
    const input = toInput(record) as AuditEntryInput;
    // record() would tell what is wrong too late for the caller of emit(), who is told by an exception alone.
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
   * Waits until Loki has accepted everything.
   *
   * @throws AuditError where entries since the last call could not be taken (the first one's error), or `DELIVERY_TIMEOUT`
   */
  async forceFlush(options?: ForceFlushOptions): Promise<void> {
    await this.#written();
    await this.#audit.flush(options?.timeoutMillis === undefined ? {} : { timeoutMs: options.timeoutMillis });
  }

  /** Shuts the logger down. @throws AuditError where entries since the last `forceFlush` could not be taken */
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
    throw new AuditError(code, `${count} entries were not recorded; the first: ${String(error)}`, { cause: error });
  }
}
