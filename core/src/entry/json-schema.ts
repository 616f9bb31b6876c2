import { entrySchema } from './entry.ts';
import * as z from 'zod/mini';

/** The entry's JSON Schema (draft 2020-12), for documentation and other languages. */
export function entryJsonSchema(): unknown {
  return z.toJSONSchema(entrySchema());
}
