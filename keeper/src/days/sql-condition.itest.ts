import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from './duckdb.ts';
import { AuditError, canonicalJson, msToNs, type AuditEntry, type AuditEntryInput } from '@auditrail/core';
import { httpLokiClient, LOKI_PATHS, readEntries, type LokiClient } from '@auditrail/core/loki';
import {
  checkFilter,
  fieldOperators,
  FILTER_FIELDS,
  type EntryQuery,
  type Filter,
  type FilterField,
} from '@auditrail/core/query';
import { testStack, uniqueTenant } from '@auditrail/stack';
import { sendEntries, testEntry, waitForTrail } from '@auditrail/stack/testing';
import fc from 'fast-check';
import pLimit from 'p-limit';
import { z } from 'zod';
import { anyEntryInput, anyText } from '../../../core/src/testing/entries.ts';
import { COLUMNS, toRow, type ColumnValue, type StoredRecord } from './columns.ts';
import { tokenConditions, writeSegmentIndex } from './segment-index.ts';
import { entryCondition } from './sql-condition.ts';
import { tableOf } from './testing/table-of.ts';
import { TokenIndex } from './token-index.ts';

// The same questions of a real Loki and of a table of DuckDB with the same lines: each must find the same lines.
// To ask other questions, or more of them.
const SEED = Number(process.env['DAYS_SEED'] ?? 20261128);
const RUNS = Number(process.env['DAYS_RUNS'] ?? 240);
const ODD = [
  ...[
    'plain',
    'quote " backtick ` apostrophe \'',
    "'; DROP TABLE entries; --",
    'back\\slash \\d \\',
    'a.*b',
    '%',
    '_',
    '*',
  ],
  ...[
    'a+b(c)[d]{2}^$|?',
    '"}) or {app="x"',
    '<b>R&D</b> &amp;',
    'tab\tline\nbreak\r\n',
    '\u2028 \u2029 \ufeff',
    '\u0000',
  ],
  ...[
    'form\ffeed back\bspace \u0001 \u001f \u007f',
    'Größe ÇA İi ıI',
    'STRASSE straße ẞ',
    'ΑΘΉΝΑ σς',
    'Роман',
    'Романов',
  ],
  ...[
    '日本語',
    '😀 e\u0301',
    '","admins',
    'admins',
    'admin',
    '\\u0041',
    '\\',
    ' spaces ',
    '{{ .x }} ${y}',
    '":"',
    '","x":"y',
  ],
  ...[
    '\u212aelvin task',
    'Kelvin task',
    'ta\u212a',
    '\u017fecret',
    'Secret',
    '\ufffd',
    'x\ufffdy',
    'ǅ ǆ',
    '\u0130@x',
    'Å Å',
  ],
  ...['long '.repeat(300), 'é'.repeat(600), `${'a'.repeat(1_023)}é`, 'x'.repeat(2_000), 'x'.repeat(1_024)],
];
const ADDRESSES = [
  ...[
    '10.0.0.1',
    '10.255.255.255',
    '110.0.0.1',
    '192.168.1.5',
    '0.0.0.0',
    '255.255.255.255',
    '10.0.0.01',
    '10.0.0.256',
  ],
  ...['::', '::1', '::2', '1::', '1::2', '0:0:0:0:0:0:0:1', '2001:db8::1', '2001:DB8:0::1', '2001:db8:0:0:0:0:0:1'],
  ...[
    '2001:db9::',
    'fe80::1',
    'fe80::1%eth0',
    'fd00::1',
    '64:ff9b::1',
    '::ffff:10.0.0.1',
    '::ffff:a00:1',
    '::10.0.0.1',
  ],
  ...['10.0.0.1 and more', 'x10.0.0.1', '10.0.0.1:80', '10.0.0', '010.0.0.1', '1:10.0.0.1', '[2001:db8::2]:443'],
  ...['12345::1', '10.0.0.0/8 ', '2001:db8::1:2:3:4:5:6:7:8', ':::1', '1:2:3:4:5:6:7::', 'unknown'],
];
const NETWORKS = [
  ...['10.0.0.0/8', '10.0.0.1/32', '0.0.0.0/0', '192.168.0.0/16', '10.0.0.0/7', '::/0', '::1/128', '::/128', '::/127'],
  ...[
    '2001:db8::/32',
    '2001:DB8::/31',
    'fe80::/10',
    '64:ff9b::/96',
    '::ffff:10.0.0.0/104',
    '1::/16',
    '::2/126',
    '10.1.2.3/8',
  ],
];
// Lines and attributes that only another sender can write, straight to Loki.
const FOREIGN: [string, Record<string, string>][] = [
  ['hello', { 'url.path': '/only/in/attribute', 'audit.record.id': 'no-uuid' }],
  ['{"description": "spaced", "properties": {"a": {"b": "c"}, "a.b" : "flat", "note" : "sp"}}', {}],
  ['{"description":"first","description":"second","properties":{"note":1.50,"note":2,"list":["x\\"y"]}}', {}],
  [
    '{"description":"types","properties":{"a":{"b":""},"a.b":"flat","note":true,"z":null,"list":[],"o":{"k":1e21}}}',
    {},
  ],
  ['{"description":"cut","properties":{"note":"plain"', {}],
  ['{"description":"\\u0041scii \\/","properties":{"n\\u006fte":"escaped"}}', {}],
  ['{"description":"R\\u0026D \\u003cb\\u003e","properties":{"note":"a\\u0026b"}}', {}],
  ['{"description":"\\ud800 lone","properties":{"note":"\\udc00"}}', {}],
  ['{"description":12.50,"properties":["note"]}', {}],
  [' {"description":"space before"}', {}],
  ['{"description":"in the line"}', { 'audit.description': 'in the attribute' }],
  ['["description"]', { 'error.message': 'ſecret \u212aelvin' }],
  ...['Ada@Example.com', '\u212a@X.org', 'İ@x', 'ſ@x', 'ẞ@x', 'ΑΣ@x', 'Å@x', 'ǅ@x'].map(
    (email): [string, Record<string, string>] => [
      canonicalJson({ description: `Signed in ${email}`, actor: { email } }),
      { 'user.email': email, 'audit.actor.bucket': '3' },
    ],
  ),
];
const PROPERTIES = ['note', 'a.b', 'a', 'list', 'z', 'o', 'o.k', 'in-side.number_of', 'in-side', 'x.y.z'];
const FIELDS: FilterField[] = [
  ...FILTER_FIELDS,
  ...(['scope.project', 'scope.a', 'scope.none'] as const),
  ...PROPERTIES.map((path): FilterField => `properties.${path}`),
];

const tenant = uniqueTenant('days');
const now = msToNs(Date.now());
const range = { start: now - msToNs(3_600_000), end: now + msToNs(3_600_000) };
let loki: LokiClient;
let connection: DuckDBConnection;
let index: TokenIndex;
const folder = mkdtempSync(join(tmpdir(), 'auditrail-index-'));
let records: StoredRecord[];
let rows: ColumnValue[][];

const oddInputs = ODD.map((text, i): AuditEntryInput => ({
  action: `odd.word_${i}`,
  channel: `channel${i % 3}`,
  outcome: i % 2 ? 'failure' : 'success',
  category: (['user', 'system', 'task'] as const)[i % 3]!,
  description: i % 4 ? `before ${text} after` : text,
  actor: {
    ...{ type: 'agent', id: text, name: text, email: `${text}@X.org`, groups: [text.slice(0, 60), 'all'] },
    agent: { name: text, model: text, runId: text },
  },
  onBehalfOf: [
    { type: 'user', id: `for ${text}`, email: text },
    { type: 'user', name: text },
  ],
  reason: text,
  authContext: text,
  source: { ip: text, sessionId: text, deviceId: text, userAgent: text },
  ...(i % 2 && { error: { code: text, message: text } }),
  target: { type: text, id: text, name: text },
  related: [
    { type: 'order', id: `related ${i}` },
    { type: 'order', id: text, name: `also ${text}` },
  ],
  properties: {
    note: text,
    'in-side': { number_of: i, list: [text], note: text },
    ...(i % 2 ? { a: { b: text }, list: [text, i] } : { 'a.b': text, 'x.y.z': i * 1e20, z: i % 3 === 0 }),
  },
  scope: { project: text, ...(i % 3 === 0 && { a: text }) },
  request: { id: text, method: text, endpoint: text, status: 200 + i, operation: text },
  trace: { traceId: `${i}`.padStart(32, 'a'), spanId: `${i}`.padStart(16, 'b') },
}));

async function sendForeign(url: string): Promise<void> {
  const attributes = (values: Record<string, string>) =>
    Object.entries(values).map(([key, value]) => ({ key, value: { stringValue: value } }));
  const resourceLogs = FOREIGN.map(([line, values], i) => ({
    resource: { attributes: attributes({ 'service.name': 'foreign' }) },
    scopeLogs: [
      {
        logRecords: [
          {
            timeUnixNano: String(now + BigInt(i)),
            body: { stringValue: line },
            attributes: attributes({ 'audit.channel': 'foreign', ...values }),
          },
        ],
      },
    ],
  }));
  const headers = { 'Content-Type': 'application/json', 'X-Scope-OrgID': tenant };
  const response = await fetch(`${url}/otlp/v1/logs`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ resourceLogs }),
  });
  if (!response.ok) throw new Error(`Loki answered ${response.status}: ${await response.text()}`);
}

const answer = z.object({
  data: z.object({
    result: z.array(
      z.object({
        stream: z.record(z.string(), z.string()),
        values: z.array(
          z.tuple([
            z.string(),
            z.string(),
            z.object({ structuredMetadata: z.record(z.string(), z.string()).optional() }).optional(),
          ]),
        ),
      }),
    ),
  }),
});

async function readRecords(): Promise<StoredRecord[]> {
  const params = { query: '{audit_channel=~".+"}', start: String(range.start), end: String(range.end), limit: '5000' };
  const { data } = answer.parse(await loki.get(LOKI_PATHS.queryRange, params));
  return data.result.flatMap(({ stream, values }) =>
    values.map(([ns, line, categorized]): StoredRecord => ({
      ns: BigInt(ns),
      arrivalNs: now,
      line,
      metadata: { ...stream, ...categorized?.structuredMetadata },
    })),
  );
}

beforeAll(async () => {
  const stack = testStack();
  const inputs = [
    ...oddInputs,
    ...ADDRESSES.map((ip): Partial<AuditEntryInput> => ({ source: { ip } })),
    ...fc.sample(anyEntryInput, { numRuns: 120, seed: SEED }),
    {},
  ];
  const entries = inputs.map((input, i): AuditEntry => {
    const entry = testEntry(input, { service: 'days' });
    const linked: AuditEntry = i % 5 ? entry : { ...entry, chain: { stream: 's', seq: i + 1, prev: null } };
    const isSchema1 = i % 4 === 1 && entry.actor.type === 'user' && !entry.onBehalfOf && !entry.related;
    return isSchema1 && !entry.reason && !entry.actor.agent ? { ...linked, schema: 1 } : linked;
  });
  await sendEntries(stack, tenant, entries);
  await sendForeign(stack.urls.loki);
  const count = entries.length + FOREIGN.length;
  await waitForTrail(stack, tenant, count);
  const headers = { Authorization: `Bearer ${stack.tokensFor(tenant).read}` };
  loki = httpLokiClient({ url: stack.urls.gateway, tenant, headers });
  records = await readRecords();
  expect(records).toHaveLength(count);
  rows = records.map(toRow);
  connection = await (await DuckDBInstance.create(':memory:')).connect();
  await tableOf(connection, 'entries', rows);
  index = await writeIndex();
}, 120_000);
afterAll(() => {
  connection.closeSync();
  rmSync(folder, { recursive: true, force: true });
});

const nameOf = ({ ns, line }: Pick<StoredRecord, 'ns' | 'line'>) => `${ns} ${line}`;

async function inLoki(query: EntryQuery): Promise<string[]> {
  const lines: string[] = [];
  for await (const page of readEntries(loki, { query, range, everyLine: true })) lines.push(...page.map(nameOf));
  return lines.sort();
}

async function inTable(query: EntryQuery): Promise<string[]> {
  const answer = await connection.runAndReadAll(`SELECT position FROM entries WHERE ${entryCondition(query)}`);
  const positions = answer.getRows().map(([position]) => Number(position));
  const tokens = tokenConditions(query);
  const indexed = new Set(tokens.length > 0 ? await index.groups(tokens) : rows.keys());
  skipped += rows.length - indexed.size;
  // What the index does not have is not looked for.
  return positions
    .filter((position) => indexed.has(position))
    .map((position) => nameOf(records[position]!))
    .sort();
}

/** An index in which each row is a group of its own. */
async function writeIndex(): Promise<TokenIndex> {
  const source = '(SELECT position AS "rowGroup", * FROM entries)';
  const duck = {
    async *columns(sql: string) {
      yield (await connection.runAndReadAll(sql)).getColumns();
    },
  };
  const path = join(folder, 'entries.index');
  await writeSegmentIndex(duck, path, { source, rows: rows.length, groupRows: 1 });
  return new TokenIndex(path);
}

interface Answer {
  query: EntryQuery;
  sql: string;
  onlyInLoki: string[];
  onlyInTable: string[];
}

async function compare(query: EntryQuery): Promise<Answer> {
  const [expected, found] = await Promise.all([inLoki(query), inTable(query)]);
  if (expected.length > 0) finding++;
  return {
    query,
    sql: entryCondition(query),
    onlyInLoki: expected.filter((line) => !found.includes(line)),
    onlyInTable: found.filter((line) => !expected.includes(line)),
  };
}

let finding = 0;
let skipped = 0;

/** Asks both, several queries at once. */
async function expectSame(queries: EntryQuery[]): Promise<void> {
  [finding, skipped] = [0, 0];
  const limit = pLimit(4);
  const answers = await Promise.all(queries.map((query) => limit(() => compare(query))));
  expect(answers.filter(({ onlyInLoki, onlyInTable }) => onlyInLoki.length + onlyInTable.length > 0)).toEqual([]);
  // Many find something, or nothing would be compared.
  expect(finding).toBeGreaterThan(queries.length / 3);
  if (queries.length > 1) expect(skipped).toBeGreaterThan(rows.length);
}

it('has all entries, also without a filter', async () => {
  expect(await inTable({})).toHaveLength(records.length);
  await expectSame([{}]);
});

// A part of a text, in another case, so that random conditions find something.
const partOf = (text: string): fc.Arbitrary<string> => {
  const characters = Array.from(text);
  return fc
    .record({
      from: fc.nat({ max: Math.max(0, Math.min(40, characters.length - 1)) }),
      length: fc.integer({ min: 1, max: 12 }),
      change: fc.constantFrom<(part: string) => string>(
        (part) => part,
        (part) => part.toUpperCase(),
        (part) => part.toLowerCase(),
      ),
    })
    .map(({ from, length, change }) => change(characters.slice(from, from + length).join('')));
};

function valuesOf(column: string): string[] {
  const columns = COLUMNS.flatMap(({ name }, i) => (name === column ? [i] : []));
  const own = rows.flatMap((row) => columns.flatMap((i) => (typeof row[i] === 'string' ? [row[i]] : [])));
  return [...new Set([...own, ...ODD])];
}

const anyValue = (field: FilterField): fc.Arbitrary<string> => {
  const whole = fc.constantFrom(...valuesOf(field));
  return fc.oneof(
    { weight: 6, arbitrary: whole },
    { weight: 3, arbitrary: whole.chain(partOf) },
    { weight: 1, arbitrary: fc.constantFrom('', ...ODD.map((text) => `${text}@X.ORG`)) },
    { weight: 1, arbitrary: anyText },
    ...(field === 'ip' ? [{ weight: 12, arbitrary: fc.constantFrom(...NETWORKS, ...ADDRESSES) }] : []),
    ...(field.startsWith('properties')
      ? [{ weight: 2, arbitrary: fc.constantFrom('true', '3', '1.50', '[]', '2') }]
      : []),
  );
};

function isPossible(filter: Filter): boolean {
  try {
    checkFilter(filter);
    return true;
  } catch (error) {
    if (error instanceof AuditError) return false;
    throw error;
  }
}

const anyFilter: fc.Arbitrary<Filter> = fc
  .constantFrom(...FIELDS)
  .chain((field) => fc.record({ field: fc.constant(field), operator: fc.constantFrom(...fieldOperators(field)) }))
  .chain(({ field, operator }) =>
    fc
      .array(anyValue(field), { minLength: 1, maxLength: operator.endsWith('any of') ? 3 : 1 })
      .map((values) => ({ field, operator, values })),
  )
  .filter(isPossible);

// Made when the rows are known.
const anySearch = () => {
  const text = fc.constantFrom(...ODD, ...valuesOf('description'), ...valuesOf('email'), ...valuesOf('id'));
  return fc.oneof(text.chain(partOf), text, anyText);
};

const seeded = <T>(values: fc.Arbitrary<T>, numRuns: number): T[] => fc.sample(values, { seed: SEED, numRuns });
const TIMEOUT = RUNS * 1_000;

it(
  'finds the same lines as Loki by any filter',
  () => expectSame(seeded(anyFilter, RUNS).map((filter) => ({ filters: [filter] }))),
  TIMEOUT,
);

it(
  'finds the same lines as Loki by any search',
  () => expectSame(seeded(anySearch(), RUNS / 2).map((search) => ({ search }))),
  TIMEOUT,
);

it(
  'finds the same lines as Loki by filters and a search',
  () => {
    const letter = fc.constantFrom('e', 'A', 'o', '.', ' ', 'before', 'µ');
    const query = fc.record({
      filters: fc.array(anyFilter, { maxLength: 2 }),
      search: fc.oneof(letter, fc.constant('')),
    });
    return expectSame(seeded(query, RUNS / 4));
  },
  TIMEOUT,
);
