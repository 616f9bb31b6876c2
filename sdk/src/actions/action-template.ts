import { AuditError, type AuditEntryInput } from '@auditrail/core';
import { createPrepareInput } from '../prepare/prepare-input.ts';
import type { RedactOptions } from '../prepare/redact.ts';

/** Returns an entry's description. */
export type Template = (entry: Omit<AuditEntryInput, 'description'>) => string;

const PLACEHOLDER = /\{([A-Za-z]\w*(?:\.[\w-]+)*)\}/g;
const FIELDS = new Set([
  'action',
  'actor',
  'onBehalfOf',
  'reason',
  'target',
  'related',
  'source',
  'scope',
  'request',
  'error',
  'outcome',
  'authContext',
  'properties',
]);
const UNKNOWN = '(unknown)';

type Plain = Record<string, unknown>;
const isPlain = (value: unknown): value is Plain => typeof value === 'object' && value !== null;

// `{actor}` and `{target}` become their name; without a name, their e-mail address or id.
function displayName(value: unknown, field: string): unknown {
  const { name, agent, email, id, type } = isPlain(value) ? value : {};
  const called = name || (isPlain(agent) && agent['name']) || email;
  if (called) return called;
  return field === 'target' && type && id ? `${toText(type)} ${toText(id)}` : (id ?? type);
}

function lookUp(entry: Plain, path: readonly string[]): unknown {
  const [field = ''] = path;
  if (path.length === 1 && (field === 'actor' || field === 'target')) return displayName(entry[field], field);
  if (path.length === 1 && (field === 'onBehalfOf' || field === 'related')) {
    const list = Array.isArray(entry[field]) ? (entry[field] as unknown[]) : [];
    return list.map((item) => toText(displayName(item, field === 'related' ? 'target' : 'actor'))).join(', ');
  }
  let value: unknown = entry;
  for (const step of path) value = isPlain(value) && Object.hasOwn(value, step) ? value[step] : undefined;
  return value;
}

function toText(value: unknown): string {
  if (value === undefined || value === null || value === '') return UNKNOWN;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/**
 * Parses a description with placeholders such as `{actor}`, `{target.id}`, `{properties.amount}`. Each is replaced once: a
 * `{…}` inside a value stays as it is. A missing value becomes `(unknown)`.
 *
 * @throws AuditError `INVALID_ENTRY` if a placeholder is not a field of an entry
 */
export function parseTemplate(action: string, text: string, redact: RedactOptions | undefined): Template {
  const paths = [...text.matchAll(PLACEHOLDER)].map(([, path = '']) => path);
  const unknown = paths.find((path) => !FIELDS.has(path.split('.')[0] ?? ''));
  if (unknown !== undefined) {
    const message = `the description of ${action} has {${unknown}}, which is not one of ${[...FIELDS].join(', ')}`;
    throw new AuditError('INVALID_ENTRY', message, { issues: [{ path: `${action}.description`, message }] });
  }
  if (paths.length === 0) return () => text;
  const prepare = createPrepareInput(redact);
  return (entry) => {
    // Redacted first: a secret field must not appear in the description.
    const redacted = prepare(entry) as Plain | undefined;
    return text.replace(PLACEHOLDER, (_, path: string) => toText(lookUp(redacted ?? {}, path.split('.'))));
  };
}
