import fc from 'fast-check';
import { anyExportLines, exportLine, exportText } from '../testing/export-lines.ts';
import { ecsFormat } from './ecs.ts';
import type { ExportLine } from './export-format.ts';
import { ocsfFormat } from './ocsf.ts';

const FORMATS = { ecs: ecsFormat, ocsf: ocsfFormat };
const actor = { type: 'user', id: '7' } as const;

/** The type of each field, as a reader with a schema sees it; members of lists belong to their list. */
function typesOf(value: unknown, path: string, types: Map<string, Set<string>>): void {
  if (Array.isArray(value)) {
    for (const one of value) typesOf(one, path, types);
    return;
  }
  const isObject = typeof value === 'object' && value !== null;
  const known = types.get(path) ?? new Set();
  types.set(path, known.add(isObject ? 'object' : value === null ? 'null' : typeof value));
  if (isObject) for (const [name, member] of Object.entries(value)) typesOf(member, `${path}.${name}`, types);
}

function changingTypes(format: (typeof FORMATS)[keyof typeof FORMATS], lines: readonly ExportLine[]): string[] {
  const types = new Map<string, Set<string>>();
  for (const text of exportText(format, lines).split('\n').filter(Boolean)) typesOf(JSON.parse(text), '', types);
  return [...types].filter(([, known]) => known.size > 1).map(([path]) => path);
}

const VALUES = [1, 'text', true, null, { a: 1 }, { a: { b: 'x' } }, [1, 'x'], [{ a: 1 }]];

test.each(Object.entries(FORMATS))('%s: no field changes its type, whatever applications write', (_, format) => {
  const odd = VALUES.flatMap((value, n) => {
    const other = VALUES[(n + 1) % VALUES.length] ?? null;
    const changes = [
      { path: 'a', before: value, after: other },
      { path: 'b', after: value },
    ];
    return [exportLine({ action: 'a.b', description: 'd', actor, changes, properties: { value, 'value.a': 1 } }, n)];
  });
  expect(changingTypes(format, odd)).toEqual([]);
  fc.assert(fc.property(anyExportLines, (lines) => expect(changingTypes(format, lines)).toEqual([])));
});

test('values are exported as JSON, exactly', () => {
  const changes = [{ path: 'a', before: '', after: { b: null } }];
  const line = exportLine({ action: 'a.b', description: 'd', actor, changes, properties: { 'a.b': [1] } });
  const [ecs] = exportText(ecsFormat, [line]).split('\n');
  const free = { changes: [{ path: 'a', before: '""', after: '{"b":null}' }], properties: '{"a.b":[1]}' };
  expect(JSON.parse(ecs ?? '')).toMatchObject({ auditrail: free });
  expect(JSON.parse(exportText(ocsfFormat, [line]))).toMatchObject({ unmapped: free });
});
