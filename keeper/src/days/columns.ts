import { hash } from 'node:crypto';
import { ATTRIBUTES, lokiName, normalEmail } from '@auditrail/core';
import { DESCRIPTION_KEY, fieldStorage, FILTER_FIELDS, SEARCHED_FIELDS } from '@auditrail/core/query';
import { ipKey } from './ip-key.ts';
import { lineMembers } from './line-members.ts';

/** A line with what Loki shows for it. */
export interface StoredRecord {
  ns: bigint;
  /** When the keeper received it. */
  arrivalNs: bigint;
  line: string;
  /** Labels and structured metadata, by Loki's names; a list is JSON text. */
  metadata: Metadata;
  /** It was read from Loki: when it arrived there is not known. */
  isCopy?: boolean;
}

type Metadata = ReadonlyMap<string, string> | Readonly<Record<string, string>>;

/** A column of the table of entries. */
export interface Column {
  name: string;
  type: 'BIGINT' | 'BOOLEAN' | 'VARCHAR' | 'BLOB';
}

export type ColumnValue = bigint | boolean | string | Uint8Array | null;

/** The column of each of Loki's names that filters use: a filter field's name, or for a part of several the attribute's. */
const COLUMN_OF_KEY: ReadonlyMap<string, string> = new Map([
  ...FILTER_FIELDS.flatMap((field) => fieldStorage(field).parts ?? []).map(({ key }): [string, string] => [
    key,
    Object.entries(ATTRIBUTES).find(([, attribute]) => lokiName(attribute) === key)?.[0] ?? key,
  ]),
  ...FILTER_FIELDS.filter((field) => !fieldStorage(field).parts).map((field): [string, string] => [
    fieldStorage(field).key,
    field,
  ]),
]);

/** The column of one of Loki's names, if filters use it. */
export const columnOfKey = (key: string): string | undefined => COLUMN_OF_KEY.get(key);

/** Whether a row has something of one of Loki's names. */
export const isInRow = (key: string): boolean =>
  COLUMN_OF_KEY.has(key) || key === BUCKET_KEY || key === DESCRIPTION_KEY || key.startsWith(SCOPE_KEY_PREFIX);

/** Prefix of the names of scopes in Loki. */
export const SCOPE_KEY_PREFIX = fieldStorage('scope.x').key.slice(0, -1);

const texts = (names: Iterable<string>) => Array.from(names, (name): Column => ({ name, type: 'VARCHAR' }));

/** The columns of an entry, in the order of {@link toRow}. A missing value is NULL; no text is empty. */
export const COLUMNS: readonly Column[] = [
  { name: 'ns', type: 'BIGINT' },
  { name: 'arrival', type: 'BIGINT' },
  // Whether an earlier line has the same identity: the store knows.
  { name: 'repeats', type: 'BOOLEAN' },
  ...texts(COLUMN_OF_KEY.values()),
  ...texts(['bucket', 'description', 'ipKey', 'scope', 'properties', 'searchLine']),
  { name: 'hash', type: 'BLOB' },
  { name: 'identity', type: 'BLOB' },
];

const KEYS = [...COLUMN_OF_KEY.keys()];
const EMAIL_AT = KEYS.indexOf(fieldStorage('email').key);
const IP_KEY = fieldStorage('ip').key;
const ID_KEY = fieldStorage('id').key;
const BUCKET_KEY = lokiName(ATTRIBUTES.actorBucket);

/**
 * An address in the form in which filters compare it: lower case, except for letters whose capital is another one, which
 * Loki does not find in the other case either.
 */
function emailForm(email: string): string {
  const lower = normalEmail(email);
  if (lower === email) return email;
  return Array.from(email, (character) => {
    const small = normalEmail(character);
    return small.toUpperCase() === character ? small : character;
  }).join('');
}

/** A record as values in the order of {@link COLUMNS}. */
export function toRow({ ns, arrivalNs, line, metadata }: StoredRecord): ColumnValue[] {
  const valueOf = reader(metadata);
  const members = lineMembers(line);
  const row: ColumnValue[] = [ns, arrivalNs, false];
  for (const [i, key] of KEYS.entries()) {
    const text = valueOf(key) || null;
    row.push(text !== null && i === EMAIL_AT ? emailForm(text) : text);
  }
  row.push(
    valueOf(BUCKET_KEY) || null,
    // Loki does not replace an attribute by a member of the line.
    (valueOf(DESCRIPTION_KEY) ?? members.description) || null,
    ipKey(valueOf(IP_KEY) ?? '') ?? null,
    scopeText(metadata),
    members.properties ?? null,
    members.isPlain && isFoundInLine(line, valueOf) ? null : line,
    sha256(line),
    sha256(`${ns} ${withoutChain(line)}`).subarray(0, IDENTITY_BYTES),
  );
  return row;
}

// A valid chain in canonical JSON. Of the members of an entry, none that sorts before it can contain this text.
const CHAIN =
  /,"chain":\{(?:"keyId":"[^"\\]+",)?"prev":(?:null|"[0-9a-f]{64}"),"seq":[1-9]\d{0,14},"stream":"[^"\\]+"\}/;

/**
 * What identifies an entry, as in core's `lineIdentity`, without checking that the line is one: of two lines that differ only
 * in a valid chain, both are entries or none. Who compares identities must check one of them.
 */
function withoutChain(line: string): string {
  const at = line.indexOf(',"chain":');
  const chain = at < 0 ? undefined : CHAIN.exec(line.slice(at, at + 1_000));
  return chain?.index === 0 ? line.slice(0, at) + line.slice(at + chain[0].length) : line;
}

const isMap = (metadata: Metadata): metadata is ReadonlyMap<string, string> => metadata instanceof Map;

function reader(metadata: Metadata): (key: string) => string | undefined {
  return isMap(metadata) ? (key) => metadata.get(key) : (key) => metadata[key];
}

/** Enough to recognize a copy. */
const IDENTITY_BYTES = 16;

const sha256 = (text: string) => hash('sha256', text, 'buffer');

function scopeText(metadata: Metadata): string | null {
  let text = '';
  const valueOf = reader(metadata);
  for (const key of isMap(metadata) ? metadata.keys() : Object.keys(metadata)) {
    if (!key.startsWith(SCOPE_KEY_PREFIX)) continue;
    const value = valueOf(key);
    if (value) {
      text += `${text === '' ? '{' : ','}"${key.slice(SCOPE_KEY_PREFIX.length)}":${JSON.stringify(value)}`;
    }
  }
  return text === '' ? null : `${text}}`;
}

const UUID = /^[0-9a-fA-F-]{36}$/;
// Letters whose case an ASCII letter has, too, or almost.
const FOLDS_TO_ASCII = ['\u0130', '\u017f', '\u212a'];
const NOT_PLAIN = /["\\\u0000-\u001f]/;
const SEARCHED_KEYS = SEARCHED_FIELDS.map((field) => fieldStorage(field).key);

/**
 * Whether a text that is in a searched attribute is in the line too, in the same case or the other one of ASCII: Loki looks
 * at the line first. If not, the search needs the line.
 */
function isFoundInLine(line: string, valueOf: (key: string) => string | undefined): boolean {
  if (valueOf(DESCRIPTION_KEY) !== undefined || FOLDS_TO_ASCII.some((letter) => line.includes(letter))) return false;
  const id = valueOf(ID_KEY);
  if (id !== undefined && !UUID.test(id)) return false;
  return SEARCHED_KEYS.every((key) => {
    const value = valueOf(key);
    if (value === undefined) return true;
    const text = NOT_PLAIN.test(value) ? JSON.stringify(value).slice(1, -1) : value;
    return line.includes(text) || line.toLowerCase().includes(text.toLowerCase());
  });
}
