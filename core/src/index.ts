export { actorName, actorText } from './entry/actor-text.ts';
export { actorBucket, actorKeyBucket, normalEmail } from './entry/actor-bucket.ts';
export {
  ATTRIBUTES,
  attributeText,
  LABEL_ATTRIBUTES,
  lokiName,
  SERVICE_NAME,
  TIME_CLAIMED,
  toAttributes,
} from './entry/attributes.ts';
export { canonicalJson, type JsonValue } from './entry/canonical-json.ts';
export {
  compileEntryChecks,
  completeEntry,
  entryInputFields,
  parseEntry,
  SCHEMA_VERSION,
  SCHEMA_VERSIONS,
  type Actor,
  type AuditEntry,
  type AuditEntryInput,
  type Category,
  type Change,
  type EntryStamp,
  type Outcome,
  type SchemaVersion,
} from './entry/entry.ts';
export type { AuthContext } from './entry/entry-fields.ts';
export { entryIdTime } from './entry/entry-id.ts';
export { AuditError, type AuditErrorCode, type AuditErrorDetails, type AuditIssue } from './errors.ts';
export { fromAttributes, type UncheckedFields } from './entry/from-attributes.ts';
export { LIMITS } from './limits.ts';
export { otlpAttributes, otlpLogs } from './entry/otlp.ts';
export { isTenant, TENANT_RULE } from './tenant.ts';
export { textHash } from './text-hash.ts';
export { cutUtf8, fitsUtf8, linesIn, utf8Bytes } from './text.ts';
export { formatTime, msToNs, nsToMs, parseTime, statedEnd } from './time.ts';
export {
  CHAIN_ACTIONS,
  CHAIN_CHANNEL,
  statementOf,
  statementText,
  type Predecessor,
  type Statement,
  type Tip,
} from './entry/chain-statements.ts';
