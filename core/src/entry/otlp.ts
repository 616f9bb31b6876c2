import { SERVICE_NAME, toAttributes } from './attributes.ts';
import { canonicalJson } from './canonical-json.ts';
import type { AuditEntry } from './entry.ts';
import { parseTime } from '../time.ts';

type OtlpValue = { stringValue: string } | { intValue: string } | { arrayValue: { values: OtlpValue[] } };

function otlpValue(value: string | number | string[]): OtlpValue {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'number') return { intValue: String(value) };
  return { arrayValue: { values: value.map(otlpValue) } };
}

/**
 * Attributes in OTLP's JSON form.
 *
 * @example otlpAttributes({ 'audit.action': 'user.login' }) // [{ key: 'audit.action', value: { stringValue: 'user.login' } }]
 */
export const otlpAttributes = (attributes: Record<string, string | number | string[]>) =>
  Object.entries(attributes).map(([key, value]) => ({ key, value: otlpValue(value) }));

/**
 * Entries as the JSON body of an OTLP/HTTP request, for programs without OpenTelemetry's SDK, such as a browser page.
 * Applications use `@auditrail/sdk`, which keeps entries that cannot be sent yet.
 *
 * @param scope the package or plugin that made the records
 * @see https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 * @example await fetch(`${collector}/v1/logs`, { method: 'POST', body: JSON.stringify(otlpLogs([entry], 'my-tool')) })
 */
export function otlpLogs(entries: readonly AuditEntry[], scope: string) {
  const resourceLogs = entries.map((entry) => {
    const ns = String(parseTime(entry.time));
    const record = {
      timeUnixNano: ns,
      observedTimeUnixNano: ns,
      eventName: entry.action,
      ...entry.trace,
      body: { stringValue: canonicalJson(entry) },
      attributes: otlpAttributes(toAttributes(entry)),
    };
    const resource = { attributes: otlpAttributes({ [SERVICE_NAME]: entry.service }) };
    return { resource, scopeLogs: [{ scope: { name: scope }, logRecords: [record] }] };
  });
  return { resourceLogs };
}
