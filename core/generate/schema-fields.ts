import type { JSONSchema } from 'zod/v4/core';

type Schema = JSONSchema.JSONSchema;

/** A field without fields of its own. */
export interface SchemaField {
  path: string;
  type: string;
  /** `with its object`: required if the object that contains it is present. */
  required: 'yes' | 'with its object' | 'no';
}

const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null;

function typeOf(schema: Schema): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(', ');
  if (schema.$ref) return 'JSON';
  if (schema.anyOf) return schema.anyOf.map((one) => (isSchema(one) ? typeOf(one) : '')).join(' or ');
  return String(schema.type);
}

function listType({ maxItems, minItems }: Schema): string {
  const least = minItems ? `${minItems} to ` : 'up to ';
  return maxItems === undefined ? '' : ` (${least}${maxItems})`;
}

/** The fields of a JSON Schema by path, in its order: `actor.groups[]`, `scope.*`. */
export function fieldsOf(
  schema: Schema,
  path = '',
  required: SchemaField['required'] = 'yes',
  note = '',
): SchemaField[] {
  const { properties, items, additionalProperties } = schema;
  if (properties) {
    return Object.entries(properties).flatMap(([name, member]) => {
      const isRequired = (schema.required ?? []).includes(name);
      const inObject = required === 'yes' ? 'yes' : 'with its object';
      return isSchema(member)
        ? fieldsOf(member, path === '' ? name : `${path}.${name}`, isRequired ? inObject : 'no', note)
        : [];
    });
  }
  if (isSchema(items)) return fieldsOf(items, `${path}[]`, required, listType(schema));
  if (schema.type === 'object' && isSchema(additionalProperties)) {
    return fieldsOf(
      additionalProperties,
      `${path}.*`,
      'no',
      schema.maxProperties ? ` (up to ${schema.maxProperties})` : '',
    );
  }
  return [{ path, type: typeOf(schema) + note, required }];
}
