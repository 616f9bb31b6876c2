export { actorBucket, actorKeyBucket } from './actor-bucket.ts';
export {
  ATTRIBUTES,
  attributeText,
  LABEL_ATTRIBUTES,
  lokiName,
  SCOPE_PREFIX,
  SERVICE_NAME,
  TIME_CLAIMED,
  toAttributes,
  type AttributeValue,
} from './attributes.ts';
export { canonicalJson, type JsonValue } from './canonical-json.ts';
export {
  completeEntry,
  ENTRY_INPUT_FIELDS,
  entryJsonSchema,
  parseEntry,
  SCHEMA_VERSION,
  type Actor,
  type AuditEntry,
  type AuditEntryInput,
  type Category,
  type Change,
  type EntryStamp,
  type Outcome,
} from './entry.ts';
export { entryIdTime } from './entry-id.ts';
export { distinctLines, newestFirst, sharedIds, toTrailLine, type TrailLine } from './entry-identity.ts';
export { AuditError, type AuditErrorCode, type AuditErrorDetails, type AuditIssue } from './errors.ts';
export {
  fieldOperators,
  fieldPlace,
  FILTER_FIELDS,
  FILTER_OPERATORS,
  ipValueKind,
  isFilterField,
  isFilterOperator,
  isFilterValue,
  type FieldPlace,
  type Filter,
  type FilterField,
  type FilterOperator,
} from './filters.ts';
export { findEntries, slicesAround, type FindOptions } from './find-entry.ts';
export {
  cefFormat,
  CSV_COLUMNS,
  csvFormat,
  ecsFormat,
  EXPORT_FORMATS,
  isCsvColumn,
  isExportFormatId,
  jsonFormat,
  ndjsonFormat,
  ocsfFormat,
  type ExportFormat,
  type ExportFormatId,
  type ExportLine,
  type ExportMeta,
} from './formats/index.ts';
export { csvText } from './formats/csv-cell.ts';
export { fromAttributes, type UncheckedFields } from './from-attributes.ts';
export { LIMITS } from './limits.ts';
export {
  httpLokiClient,
  LOKI_PATHS,
  type HttpGet,
  type HttpLokiClientOptions,
  type LokiClient,
  type LokiPath,
} from './loki-client.ts';
export { LokiLines, parseLines, type LokiLine } from './loki-answer.ts';
export { DEFAULT_LOKI_LIMITS, lokiLimits, type LokiLimits } from './loki-limits.ts';
export { countEntries, readEntries, readFieldValues, type FieldValue, type ReadOptions } from './loki-reader.ts';
export { entriesQuery, linesQuery, streamParts, type EntryQuery, type TimeRange } from './logql.ts';
export { SEARCHED_FIELDS } from './logql-condition.ts';
export { logqlString, regexText } from './logql-text.ts';
export { otlpLogs } from './otlp.ts';
export { storedTime } from './stored-time.ts';
export { isTenant, TENANT_PATTERN, TENANT_RULE } from './tenant.ts';
export { cutUtf8, fitsUtf8, linesIn, utf8Bytes } from './text.ts';
export { formatTime, msToNs, nsToMs, parseTime } from './time.ts';
export { barEdges, planStep, readVolume, type VolumeBar, type VolumeOptions } from './volume.ts';
export {
  CHAIN_ACTIONS,
  CHAIN_CHANNEL,
  checkChainAround,
  statementOf,
  statementText,
  verifyTrail,
  type ChainAround,
  type ChainState,
  type Finding,
  type FindingKind,
  type Predecessor,
  type Secret,
  type Statement,
  type StatementSignature,
  type StreamReport,
  type StreamTail,
  type Tip,
  type Undecided,
  type VerifyOptions,
  type VerifyReport,
} from './verify/index.ts';
export { valuesSoFar, type ValuesOptions, type ValuesSoFar } from './values-so-far.ts';
