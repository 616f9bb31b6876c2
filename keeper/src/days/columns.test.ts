import { createHash } from 'node:crypto';
import { canonicalJson, lokiName, toAttributes, type AuditEntry } from '@auditrail/core';
import { toTrailLine } from '@auditrail/core/loki';
import { fieldStorage, FILTER_FIELDS } from '@auditrail/core/query';
import { testEntry } from '@auditrail/stack/testing';
import { columnOfKey, COLUMNS, toRow, type StoredRecord } from './columns.ts';
import { ipKey, ipKeyRange } from './ip-key.ts';

const names = COLUMNS.map(({ name }) => name);

function rowOf(record: Partial<StoredRecord>): Record<string, unknown> {
  const row = toRow({ ns: 7n, arrivalNs: 8n, line: '{}', metadata: {}, ...record });
  expect(row).toHaveLength(COLUMNS.length);
  return Object.fromEntries(names.map((name, i) => [name, row[i]]));
}

function recordOf(entry: AuditEntry): StoredRecord {
  const metadata = Object.entries(toAttributes(entry)).map(([name, value]): [string, string] => [
    lokiName(name),
    Array.isArray(value) ? JSON.stringify(value) : String(value),
  ]);
  return { ns: 7n, arrivalNs: 8n, line: canonicalJson(entry), metadata: new Map(metadata) };
}

const sha256 = (text: string) => createHash('sha256').update(text).digest();

it.each(FILTER_FIELDS)('%s has a column, or each of its parts', (field) => {
  const storage = fieldStorage(field);
  for (const { key } of storage.parts ?? [storage]) expect(names).toContain(columnOfKey(key));
});

it('has no two columns that SQL takes for the same', () => {
  expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length);
});

it('makes a row of an entry', () => {
  const entry = testEntry({
    action: 'cart.emptied',
    actor: { type: 'user', id: '1', email: 'Ada@Example.com', groups: ['a', 'b'] },
    source: { ip: '10.0.0.1' },
    scope: { project: 'apollo' },
    properties: { cart: { total: 1.5, items: ['x'] }, 'shop.till': 3, note: '', 'not nameable': 1 },
  });
  const row = rowOf(recordOf({ ...entry, chain: { stream: 's', seq: 2, prev: 'ab'.repeat(32) } }));
  expect(row).toMatchObject({
    ...{ ns: 7n, arrival: 8n, repeats: false, action: 'cart.emptied', email: 'ada@example.com', group: '["a","b"]' },
    ...{ description: 'Ada signed in', ip: '10.0.0.1', ipKey: '40a000001', scope: '{"project":"apollo"}' },
    ...{ chainStream: 's', chainSeq: '2', targetId: null, searchLine: null },
  });
  expect(JSON.parse(String(row['properties']))).toEqual({
    ...{ cart: '{"items":["x"],"total":1.5}', 'cart.total': '1.5', 'cart.items': '["x"]', 'shop.till': '3' },
  });
});

it('gives two links for the same entry one identity, as readers do', () => {
  const entry = testEntry();
  const lines = [entry, ...[1, 2].map((seq) => ({ ...entry, chain: { stream: 's', seq, prev: null } }))].map(recordOf);
  for (const { line } of lines) {
    expect(rowOf({ line })['identity']).toEqual(sha256(toTrailLine({ ns: 7n, line }).key).subarray(0, 16));
    expect(rowOf({ line })['hash']).toEqual(sha256(line));
  }
  expect(new Set(lines.map(({ line }) => String(rowOf({ line })['identity']))).size).toBe(1);
  expect(rowOf({ line: lines[0]!.line, ns: 8n })['identity']).not.toEqual(rowOf({ line: lines[0]!.line })['identity']);
  // A chain that is not valid, or not canonical, belongs to the text.
  for (const chain of ['{"prev":null,"seq":0,"stream":"s"}', '{"seq":1,"prev":null,"stream":"s"}', '{"prev":null}']) {
    const odd = lines[0]!.line.replace(',"channel"', `,"chain":${chain},"channel"`);
    expect(rowOf({ line: odd })['identity']).toEqual(sha256(`7 ${odd}`).subarray(0, 16));
  }
});

it('keeps the line of a row for which Loki looks at the line', () => {
  const line = '{"description":"signed in"}';
  expect(rowOf({ line })).toMatchObject({ description: 'signed in', searchLine: null });
  expect(rowOf({ line, metadata: { url_path: '/x' } })).toMatchObject({ endpoint: '/x', searchLine: line });
  const spaced = '{"description": "signed in"}';
  expect(rowOf({ line: spaced })).toMatchObject({ description: 'signed in', searchLine: spaced });
});

it('reads the beginning of a line that is not JSON, and nothing of another text', () => {
  expect(rowOf({ line: '{"description":"cut","properties":{"a":"b"' })).toMatchObject({
    description: 'cut',
    properties: '{"a":"b"}',
  });
  for (const line of ['', 'text', '[]', '"description"', '{"description":']) {
    expect(rowOf({ line })).toMatchObject({ description: null, properties: null });
  }
});

it('orders addresses, and finds the ends of a network', () => {
  const addresses = [
    '0.0.0.0',
    '9.255.0.0',
    '10.0.0.0',
    '255.255.255.255',
    '::10.0.0.1',
    '::ffff:a00:1',
    '2001:DB8::1',
    'fe80::1%eth0',
  ];
  const keys = addresses.map(ipKey);
  expect(keys).toEqual([...keys].sort());
  expect(new Set(keys).size).toBe(addresses.length);
  expect(ipKey('2001:db8:0:0:0:0:0:1')).toBe(ipKey('2001:DB8::0001'));
  for (const text of ['', 'unknown', '10.0.0.256', '010.0.0.1', '10.0.0.1:80', '::1', '12345::1'])
    expect(ipKey(text)).toBeUndefined();
  expect(ipKeyRange('10.1.2.3/8')).toEqual([ipKey('10.0.0.0'), ipKey('10.255.255.255')]);
  expect(ipKeyRange('2001:db8::/31')).toEqual([
    ipKey('2001:db8::0:0'),
    ipKey('2001:db9:ffff:ffff:ffff:ffff:ffff:ffff'),
  ]);
  expect(ipKeyRange('0.0.0.0/0')).toEqual([ipKey('0.0.0.0'), ipKey('255.255.255.255')]);
});
