import { SCHEMA_VERSIONS } from '../src/entry/entry.ts';
import { entryJsonSchema } from '../src/entry/json-schema.ts';
import { runPython } from '../src/testing/run-python.ts';
import { testVectors } from './vectors.ts';

// The first run installs the validators.
jest.setTimeout(120_000);

const schemas = new Map(SCHEMA_VERSIONS.map((version) => [version, entryJsonSchema(version)]));
const problemsOf = (cases: readonly { vector: object; schema: unknown }[]) =>
  runPython<string[]>(
    'validate_vectors.py',
    ['rfc8785==0.1.4', 'jsonschema==4.25.1'],
    cases.map((one) => `${JSON.stringify(one)}\n`).join(''),
  );

test('other implementations of RFC 8785, JSON Schema and SHA-256 agree with every vector', async () => {
  const { entries } = testVectors();
  const cases = entries.map((vector) => ({ vector, schema: schemas.get(vector.entry.schema) }));
  expect(await problemsOf(cases)).toEqual(cases.map(() => []));
});

test('they find errors, and version 1 does not have the fields of version 2', async () => {
  const agent = testVectors().entries.find(({ entry }) => entry.actor.agent);
  const [wrong = [], older = []] = await problemsOf([
    { vector: { ...agent, line: ` ${agent?.line}` }, schema: schemas.get(2) },
    { vector: { ...agent }, schema: schemas.get(1) },
  ]);
  expect(wrong).toEqual(['the line is not canonical', 'the hash differs']);
  expect(older.length).toBeGreaterThanOrEqual(3);
});
