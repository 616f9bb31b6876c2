import { lokiName } from '@auditrail/core';
import { Fields } from '../protobuf/fields.ts';
import { isInRow, type StoredRecord } from './columns.ts';

// Field numbers of ExportLogsServiceRequest:
// https://github.com/open-telemetry/opentelemetry-proto/blob/v1.9.0/opentelemetry/proto/logs/v1/logs.proto
const REQUEST = { resourceLogs: 1 };
const RESOURCE_LOGS = { resource: 1, scopeLogs: 2 };
const RESOURCE = { attributes: 1 };
const SCOPE_LOGS = { records: 2 };
const RECORD = { time: 1, body: 5, attributes: 6, traceId: 9, spanId: 10, observed: 11 };
const KEY_VALUE = { key: 1, value: 2 };
const VALUE = { string: 1, bool: 2, int: 3, double: 4, array: 5, map: 6, bytes: 7 };
const LIST = { values: 1 };

type Value = string | boolean | bigint | number | null | Value[] | Map<string, Value>;

/**
 * The records of an OTLP request as Loki stores them: names, texts and times are those that it would show. Of the attributes,
 * those that have a column.
 *
 * @throws Error if the bytes are not a request
 * @example recordsOf(body, 1_764_288_000_000_000_000n)[0]?.metadata.get('audit_action') // 'user.login'
 */
export function recordsOf(body: Uint8Array, arrivalNs: bigint): StoredRecord[] {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const records: StoredRecord[] = [];
  for (const group of new Fields(bytes, 0, bytes.length).inside(REQUEST.resourceLogs)) {
    const resource = new Map<string, string>();
    const scopes: Fields[] = [];
    while (group.next()) {
      if (group.field === RESOURCE_LOGS.resource) {
        for (const pair of group.nested.inside(RESOURCE.attributes)) addAttribute(pair, resource);
      }
      // A resource can come after its records.
      if (group.field === RESOURCE_LOGS.scopeLogs) scopes.push(group.nested);
    }
    for (const scope of scopes) {
      for (const record of scope.inside(SCOPE_LOGS.records)) records.push(recordOf(record, resource, arrivalNs));
    }
  }
  return records;
}

function recordOf(record: Fields, resource: ReadonlyMap<string, string>, arrivalNs: bigint): StoredRecord {
  const metadata = new Map(resource);
  let [time, observed] = [0n, 0n];
  let line = '';
  while (record.next()) {
    if (record.field === RECORD.time) time = record.fixed64;
    else if (record.field === RECORD.observed) observed = record.fixed64;
    else if (record.field === RECORD.body) line = textOf(valueOf(record.nested));
    else if (record.field === RECORD.attributes) addAttribute(record.nested, metadata);
    else if (record.field === RECORD.traceId && record.end > record.start) metadata.set('trace_id', record.hex);
    else if (record.field === RECORD.spanId && record.end > record.start) metadata.set('span_id', record.hex);
  }
  const ns = time || observed;
  // A time that no 64-bit column holds: the entry is kept under its arrival.
  return { ns: ns > 0n && ns < 2n ** 63n ? ns : arrivalNs, arrivalNs, line, metadata };
}

function addAttribute(pair: Fields, attributes: Map<string, string>): void {
  const [key, value] = keyValue(pair);
  const name = nameOf(key);
  if (name !== '') attributes.set(name, textOf(value));
}

const NAMES_IN_MEMORY = 1_000;
const names = new Map<string, string>();

// Loki's name of an attribute, or nothing if it has no column. Applications have the same names again and again.
function nameOf(key: string): string {
  const known = names.get(key);
  if (known !== undefined) return known;
  const name = lokiName(key);
  const kept = isInRow(name) ? name : '';
  if (names.size >= NAMES_IN_MEMORY) names.clear();
  names.set(key, kept);
  return kept;
}

function keyValue(pair: Fields): [string, Value] {
  let key = '';
  let value: Value = null;
  while (pair.next()) {
    if (pair.field === KEY_VALUE.key) key = pair.text;
    if (pair.field === KEY_VALUE.value) value = valueOf(pair.nested);
  }
  return [key, value];
}

function valueOf(value: Fields): Value {
  if (!value.next()) return null;
  switch (value.field) {
    case VALUE.string:
      return value.text;
    case VALUE.bool:
      return value.value !== 0;
    case VALUE.int:
      return value.int64;
    case VALUE.double:
      return value.double;
    case VALUE.bytes:
      return value.base64;
    case VALUE.array:
      return Array.from(value.nested.inside(LIST.values), valueOf);
    case VALUE.map:
      return new Map(Array.from(value.nested.inside(LIST.values), keyValue));
    default:
      return null;
  }
}

/** As Loki writes a value, with Go's `pcommon.Value.AsString`. */
function textOf(value: Value): string {
  if (typeof value === 'string') return value;
  return value === null ? '' : goJson(value);
}

// Go sorts members by their bytes, and escapes what HTML could take for a tag.
function goJson(value: Value): string {
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return `[${value.map(goJson).join(',')}]`;
  if (value instanceof Map) {
    const members = [...value].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    return `{${members.map(([key, member]) => `${goJson(key)}:${goJson(member)}`).join(',')}}`;
  }
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
