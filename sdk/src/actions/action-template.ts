import { AuditError, type AuditEntryInput } from '@auditrail/core';
import { createPrepareInput } from '../prepare/prepare-input.ts';
import type { RedactOptions } from '../prepare/redact.ts';

/** Fills a description. */
export type Template = (entry: Omit<AuditEntryInput, 'description'>) => string;

const PLACE = /\{([A-Za-z]\w*(?:\.[\w-]+)*)\}/g;
const FIELDS = new Set([
  'action',
  'actor',
  'target',
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

// `{actor}` and `{target}` are whatever names them best.
function named(entry: Plain, field: string): unknown {
  const { name, email, id, type } = isPlain(entry[field]) ? entry[field] : {};
  if (name || email) return name || email;
  return field === 'target' && type && id ? `${shown(type)} ${shown(id)}` : (id ?? type);
}

function lookUp(entry: Plain, path: readonly string[]): unknown {
  const [field = ''] = path;
  if (path.length === 1 && (field === 'actor' || field === 'target')) return named(entry, field);
  let value: unknown = entry;
  for (const step of path) value = isPlain(value) && Object.hasOwn(value, step) ? value[step] : undefined;
  return value;
}

function shown(value: unknown): string {
  if (value === undefined || value === null || value === '') return UNKNOWN;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/**
 * A description with places such as `{actor}`, `{target.id}`, `{properties.amount}`. Values are put in as they are, once: a
 * `{…}` in a value stays text. A value that is missing reads `(unknown)`.
 *
 * @throws AuditError `INVALID_ENTRY` where a place is no field of an entry.
 */
export function parseTemplate(action: string, text: string, redact: RedactOptions | undefined): Template {
  const places = [...text.matchAll(PLACE)].map(([, path = '']) => path);
  const wrong = places.find((path) => !FIELDS.has(path.split('.')[0] ?? ''));
  if (wrong !== undefined) {
    const message = `the description of ${action} names {${wrong}}, which is no field: ${[...FIELDS].join(', ')}`;
    throw new AuditError('INVALID_ENTRY', message, { issues: [{ path: `${action}.description`, message }] });
  }
  if (places.length === 0) return () => text;
  const prepare = createPrepareInput(redact);
  return (entry) => {
    // A field that is hidden as such must not appear in a sentence.
    const safe = prepare(entry) as Plain | undefined;
    return text.replace(PLACE, (_, path: string) => shown(lookUp(safe ?? {}, path.split('.'))));
  };
}
