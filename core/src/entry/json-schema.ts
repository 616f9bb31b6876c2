import * as z from 'zod/mini';
import { LIMITS } from '../limits.ts';
import { entrySchemas, SCHEMA_VERSION, type SchemaVersion } from './entry.ts';

// RFC 3339 in UTC with up to nine decimals.
const TIME = '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?Z$';

/**
 * The JSON Schema (draft 2020-12) of an entry, for documentation and other languages. It cannot express three rules: the
 * bytes of a group's name, the time range (1970 to 2262), and well-formed Unicode.
 */
export function entryJsonSchema(version: SchemaVersion = SCHEMA_VERSION): z.core.JSONSchema.JSONSchema {
  const schema = z.toJSONSchema(entrySchemas[version]());
  const { time, scope } = schema.properties ?? {};
  return {
    ...schema,
    title: `Audit entry, schema version ${version}`,
    properties: {
      ...schema.properties,
      time: { ...(time as object), format: 'date-time', pattern: TIME },
      scope: { ...(scope as object), maxProperties: LIMITS.scopeNames },
    },
  };
}
