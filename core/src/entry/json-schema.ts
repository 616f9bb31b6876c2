import { entrySchemas, SCHEMA_VERSION, type SchemaVersion } from './entry.ts';
import * as z from 'zod/mini';

/** The JSON Schema (draft 2020-12) of an entry, for documentation and other languages. */
export function entryJsonSchema(version: SchemaVersion = SCHEMA_VERSION): unknown {
  return z.toJSONSchema(entrySchemas[version]());
}
