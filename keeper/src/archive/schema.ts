import { sqlName } from '../days/duck.ts';

/**
 * The schema of the archive's Parquet files, in their metadata and in each manifest. A column never changes its meaning or
 * type; a new column is a new version, and readers of `auditrail-archive/1` can ignore it.
 */
export const ARCHIVE_SCHEMA = 'auditrail-archive/1';

/** Columns of the archive with the same value as a column of the keeper's segments: [name, column of the segment]. */
const COPIED: readonly (readonly [name: string, column: string])[] = [
  ['id', 'id'],
  ['action', 'action'],
  ['event', 'event'],
  ['channel', 'channel'],
  ['category', 'category'],
  ['outcome', 'outcome'],
  ['error_code', 'errorCode'],
  ['error_message', 'errorMessage'],
  ['reason', 'reason'],
  ['service', 'service'],
  ['description', 'description'],
  ['actor_type', 'actorType'],
  ['actor_id', 'actorId'],
  ['actor_name', 'actorName'],
  ['actor_email', 'email'],
  ['actor_groups', 'group'],
  ['agent', 'agent'],
  ['agent_model', 'agentModel'],
  ['agent_run_id', 'agentRunId'],
  ['on_behalf_of_ids', 'onBehalfOfIds'],
  ['on_behalf_of_names', 'onBehalfOfNames'],
  ['on_behalf_of_emails', 'onBehalfOfEmails'],
  ['auth_context', 'authContext'],
  ['ip', 'ip'],
  ['user_agent', 'userAgent'],
  ['session_id', 'sessionId'],
  ['device_id', 'deviceId'],
  ['request_id', 'requestId'],
  ['method', 'method'],
  ['endpoint', 'endpoint'],
  ['status', 'status'],
  ['operation', 'operation'],
  ['target_type', 'targetType'],
  ['target_id', 'targetId'],
  ['target_name', 'targetName'],
  ['related_ids', 'relatedIds'],
  ['related_names', 'relatedNames'],
  ['trace_id', 'traceId'],
  ['span_id', 'spanId'],
  ['scope', 'scope'],
  ['properties', 'properties'],
];

/** Columns of a segment that the archive has under a name of its own. */
export const COPIED_COLUMNS: ReadonlyMap<string, string> = new Map(COPIED);

/** What the archive takes from a segment's columns, in its order; no line yet. */
export const SEGMENT_SELECT = [
  'make_timestamp(ns // 1000) AS time',
  'ns AS time_ns',
  'make_timestamp(arrival // 1000) AS arrived',
  'arrival AS arrived_ns',
  'repeats',
  ...COPIED.map(([name, column]) => `${sqlName(column)} AS ${name}`),
].join(', ');

/** What the archive takes from each line. */
export const LINE_COLUMNS = 'chain_stream, chain_seq, chain_key_id, line, line_sha256';

/** The columns in their order, with DuckDB's types. */
export const ARCHIVE_COLUMNS: readonly (readonly [name: string, type: string])[] = [
  ['time', 'TIMESTAMP'],
  ['time_ns', 'BIGINT'],
  ['arrived', 'TIMESTAMP'],
  ['arrived_ns', 'BIGINT'],
  ['repeats', 'BOOLEAN'],
  ...COPIED.map(([name]) => [name, 'VARCHAR'] as const),
  ['chain_stream', 'VARCHAR'],
  ['chain_seq', 'BIGINT'],
  ['chain_key_id', 'VARCHAR'],
  ['line', 'VARCHAR'],
  ['line_sha256', 'VARCHAR'],
  ['revision', 'INTEGER'],
];
