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

/** Lists and maps inside each other in one value. More could fill the stack. */
const MAX_DEPTH = 64;

/** The records of a request, and why others of its parts could not be decoded. */
export interface DecodedRequest {
  records: StoredRecord[];
  problems: string[];
}

/**
 * The records of an OTLP request as Loki stores them: names, texts and times are those that it would show. Of the attributes,
 * those that have a column. Never throws: a part that cannot be decoded does not take the others along.
 *
 * @example recordsOf(body, 1_764_288_000_000_000_000n).records[0]?.metadata.get('audit_action') // 'user.login'
 */
export function recordsOf(body: Uint8Array, arrivalNs: bigint): DecodedRequest {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const records: StoredRecord[] = [];
  const problems: string[] = [];
  for (const group of decodable(new Fields(bytes, 0, bytes.length).inside(REQUEST.resourceLogs), 'request', problems)) {
    const resource = new Map<string, string>();
    const scopes: Fields[] = [];
    try {
      while (group.next()) {
        if (group.field === RESOURCE_LOGS.resource) {
          for (const pair of group.nested.inside(RESOURCE.attributes)) addAttribute(pair, resource, problems);
        }
        // A resource can come after its records.
        if (group.field === RESOURCE_LOGS.scopeLogs) scopes.push(group.nested);
      }
    } catch (error) {
      problems.push(`resource: ${String(error)}`);
    }
    for (const scope of scopes) {
      for (const record of decodable(scope.inside(SCOPE_LOGS.records), 'scope', problems)) {
        try {
          records.push(recordOf(record, resource, arrivalNs, problems));
        } catch (error) {
          problems.push(`record: ${String(error)}`);
        }
      }
    }
  }
  return { records, problems };
}

// The parts up to the first bytes that are not a part.
function* decodable(parts: Generator<Fields, void>, what: string, problems: string[]): Generator<Fields, void> {
  try {
    yield* parts;
  } catch (error) {
    problems.push(`${what}: ${String(error)}`);
  }
}

function recordOf(
  record: Fields,
  resource: ReadonlyMap<string, string>,
  arrivalNs: bigint,
  problems: string[],
): StoredRecord {
  const metadata = new Map(resource);
  let [time, observed, received] = [0n, 0n, arrivalNs];
  let line = '';
  while (record.next()) {
    if (record.field === RECORD.time) time = record.fixed64;
    else if (record.field === RECORD.observed) observed = record.fixed64;
    else if (record.field === RECORD.body) line = textOf(valueOf(record.nested, 0));
    else if (record.field === RECORD.attributes) {
      const at = addAttribute(record.nested, metadata, problems);
      // A clock of the collector that is ahead changes nothing.
      if (at !== undefined && at < arrivalNs) received = at;
    } else if (record.field === RECORD.traceId && record.end > record.start) metadata.set('trace_id', record.hex);
    else if (record.field === RECORD.spanId && record.end > record.start) metadata.set('span_id', record.hex);
  }
  const ns = time || observed;
  // A time that no 64-bit column holds: the entry is kept under its arrival.
  return { ns: ns > 0n && ns < 2n ** 63n ? ns : received, arrivalNs: received, line, metadata };
}

/** When the collector received a record: keeper.yaml adds it, because records can wait in its queue for hours. */
const RECEIVED = 'auditrail.received_ns';

// The line is the entry: without an attribute it is kept all the same. @returns when the collector received it, if it says so
function addAttribute(pair: Fields, attributes: Map<string, string>, problems: string[]): bigint | undefined {
  try {
    const [key, value] = keyValue(pair, 0);
    if (key === RECEIVED) return typeof value === 'bigint' && value > 0n ? value : undefined;
    const name = nameOf(key);
    if (name !== '') attributes.set(name, textOf(value));
  } catch (error) {
    problems.push(`attribute: ${String(error)}`);
  }
  return undefined;
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

function keyValue(pair: Fields, depth: number): [string, Value] {
  let key = '';
  let value: Value = null;
  while (pair.next()) {
    if (pair.field === KEY_VALUE.key) key = pair.text;
    if (pair.field === KEY_VALUE.value) value = valueOf(pair.nested, depth);
  }
  return [key, value];
}

function valueOf(value: Fields, depth: number): Value {
  if (depth > MAX_DEPTH) throw new RangeError(`a value has more than ${MAX_DEPTH} levels`);
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
      return Array.from(value.nested.inside(LIST.values), (member) => valueOf(member, depth + 1));
    case VALUE.map:
      return new Map(Array.from(value.nested.inside(LIST.values), (member) => keyValue(member, depth + 1)));
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
