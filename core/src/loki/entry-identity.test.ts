import { canonicalJson } from '../entry/canonical-json.ts';
import { completeEntry, type AuditEntry } from '../entry/entry.ts';
import { distinctLines, sharedIds } from './entry-identity.ts';
import { formatTime, parseTime } from '../time.ts';

const ID = '019a8f3e-7a10-7000-8000-000000000001';
const ns = parseTime('2026-11-21T06:18:19Z') ?? 0n;
const input = { action: 'a.b', description: 'true', actor: { type: 'system' as const } };
const stamp = { id: ID, time: formatTime(ns), service: 's' };
const chain = (stream: string, seq: number) => ({ stream, seq, prev: seq === 1 ? null : 'a'.repeat(64), keyId: 'k"}' });
const at = (entry: AuditEntry, time = ns) => ({ ns: time, line: canonicalJson(entry) });
const plain = completeEntry(input, stamp);
const first = at({ ...plain, chain: chain('one', 1) });
const second = at({ ...plain, chain: chain('two,"chain":{', 2) });

test('an equal line is returned once, another number in a chain is a repetition, and the line with a chain comes first', () => {
  const lines = distinctLines([at(plain), first, second, first]);
  expect(lines.map(({ entry, repeats }) => [entry?.chain?.stream, repeats])).toEqual([
    [expect.any(String), undefined],
    [expect.any(String), true],
    [undefined, true],
  ]);
  expect(new Set(lines.map(({ key }) => key)).size).toBe(1);
  expect(sharedIds(lines)).toEqual(new Set());
});

test.each<[string, AuditEntry]>([
  ['another text', { ...plain, description: 'false' }],
  ['another service', { ...plain, service: 't' }],
  ['properties that look like a chain', { ...plain, properties: { a: 1, chain: { ...chain('one', 1) } } }],
  ['its id in capitals', { ...plain, id: ID.toUpperCase() }],
])('a copy with %s is another entry', (_, copy) => {
  const lines = distinctLines([first, at({ ...copy, chain: chain('one', 1) })]);
  expect(lines).toHaveLength(2);
  expect(lines.some(({ repeats }) => repeats)).toBe(false);
  expect(sharedIds(lines).size).toBe(1);
});

test('a copy with another time is another entry, and so is an equal line stored with another time', () => {
  const other = { ...plain, time: formatTime(ns - 5_000_000n) };
  const lines = distinctLines([first, at(other, ns - 5_000_000n), { ...first, ns: ns - 1n }]);
  expect(new Set(lines.map(({ key }) => key)).size).toBe(3);
  expect(sharedIds(lines)).toEqual(new Set([ID]));
});

test('a line with its members in another order, or with a member twice, never replaces the true one', () => {
  const { line } = first;
  const forged = line.replace('"description":"true"', '"description":"false"').replace(/\}$/, ',"description":"true"}');
  const moved = `{"properties":{"x":1,${line.slice(line.indexOf('"chain"'), line.indexOf('},"channel"') + 1)}},${line.slice(1)}`;
  const lines = distinctLines([first, { ns, line: forged }, { ns, line: moved }]);
  expect(new Set(lines.map(({ key }) => key)).size).toBe(3);
});
