import { SCHEMA_VERSIONS } from '../src/entry/entry.ts';
import { entryJsonSchema } from '../src/entry/json-schema.ts';
import { schemaPage } from './schema-page.ts';
import { testVectors } from './vectors.ts';

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

/** The generated files by their path in the repository. */
export const GENERATED_FILES: Readonly<Record<string, () => string>> = {
  ...Object.fromEntries(
    SCHEMA_VERSIONS.map((version) => [`core/schema/entry.v${version}.json`, () => json(entryJsonSchema(version))]),
  ),
  'core/schema/vectors.json': () => json(testVectors()),
  'docs/reference/schema.md': schemaPage,
};
