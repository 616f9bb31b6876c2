import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson } from '../src/entry/canonical-json.ts';
import { parseEntry, SCHEMA_VERSION } from '../src/entry/entry.ts';
import { AUTH_CONTEXTS } from '../src/entry/entry-fields.ts';
import { entryJsonSchema } from '../src/entry/json-schema.ts';
import { FIELD_TEXTS } from './fields.ts';
import { GENERATED_FILES } from './generated-files.ts';
import { fieldsOf } from './schema-fields.ts';
import type { testVectors } from './vectors.ts';

const read = (path: string) => readFileSync(join(import.meta.dirname, '../..', path), 'utf8');

test.each(Object.entries(GENERATED_FILES))('%s is up to date: npm run generate -w core', (path, text) => {
  expect(read(path)).toBe(text());
});

test('every field of the schema has its meaning, and no other', () => {
  const paths = fieldsOf(entryJsonSchema(SCHEMA_VERSION)).map(({ path }) => path);
  expect(Object.keys(FIELD_TEXTS).toSorted()).toEqual(paths.toSorted());
});

test.each(['docs/reference/schema.md', 'docs/requests.md', 'sdk/src/http/describe-request.ts'])(
  '%s lists the words of authContext',
  (path) => {
    expect(read(path)).toContain(`${AUTH_CONTEXTS.map((word) => `\`${word}\``).join(', ')}, or a word of your own`);
  },
);

test('the vectors cover both versions, and every field of the page', () => {
  const { entries, refused } = JSON.parse(read('core/schema/vectors.json')) as ReturnType<typeof testVectors>;
  expect(entries.length).toBeGreaterThanOrEqual(12);
  expect(refused.every(({ paths }) => paths.length > 0)).toBe(true);
  for (const { line, entry } of entries) {
    expect(parseEntry(line)).toEqual(entry);
    expect(canonicalJson(entry)).toBe(line);
  }
  expect(new Set(entries.map(({ entry }) => entry.schema))).toEqual(new Set([1, 2]));
  const whole = JSON.stringify(entries.map(({ entry }) => entry));
  for (const path of Object.keys(FIELD_TEXTS))
    expect(whole).toContain(`"${path.match(/\w+(?=(?:\[\]|\.\*)?$)/)?.[0]}":`);
});
