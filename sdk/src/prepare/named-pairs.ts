import type { JsonValue } from '@auditrail/core';
import { nameFacts, type NameFacts } from './secret-names.ts';
import { isFieldName } from './secret-markup.ts';

const words = (text: string) => new Set(text.split(' '));
const plainName = (key: string) => key.toLowerCase().replace(/[^a-z]/g, '');

const NAMING = words(
  'name key field header param parameter property attribute variable var column claim setting option env k ' +
    'fieldname keyname headername paramname parametername propertyname attributename variablename columnname',
);
const HOLDING = words(
  'value values val v content data before after from to old new was now previous current default ' +
    'oldvalue newvalue previousvalue currentvalue defaultvalue stringvalue textvalue',
);

/** Whether a key's value is the name of something: `{ name: 'DB_PASSWORD', … }`. */
export function namesValue(key: string): boolean {
  return key.length <= 20 && NAMING.has(plainName(key));
}

/** Whether a key's value belongs to a name beside it: `{ …, value: 'x' }`. */
export function holdsValue(key: string): boolean {
  return key.length <= 20 && HOLDING.has(plainName(key));
}

const LISTS_OF_NAMES = words(
  'fields columns keys names attributes params parameters variables required missing changed tags',
);

/** Whether a key contains only names: `changedFields: ['password', 'nickname']`. */
export function listsNames(key: string): boolean {
  const last = key.match(/[A-Za-z][a-z]*$/)?.[0] ?? '';
  return LISTS_OF_NAMES.has(last.toLowerCase());
}

/** Whether a list is the name of a secret and its value: `['X-Api-Key', 'x']`, and not two names: `['password', 'email']`. */
export function isSecretPair(list: readonly unknown[], redactor: { nameFacts(name: string): NameFacts }): boolean {
  if (list.length !== 2) return false;
  const [name, value] = list;
  if (typeof name !== 'string' || name.length > 128 || !redactor.nameFacts(name).secret) return false;
  return typeof value !== 'string' || !isFieldName(value);
}

/** Whether plain data is a secret's name with its value: `{ name: 'DB_PASSWORD', value: 'x' }`, `['X-Api-Key', 'x']`. */
export function isEntryOfNames(value: JsonValue[] | Record<string, JsonValue>): boolean {
  if (Array.isArray(value)) return isSecretPair(value, { nameFacts });
  const keys = Object.keys(value);
  const names = keys.filter(namesValue).map((key) => value[key]);
  return keys.some(holdsValue) && names.some((name) => typeof name === 'string' && nameFacts(name).secret);
}
