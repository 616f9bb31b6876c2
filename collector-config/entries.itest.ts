import fc from 'fast-check';
import {
  actorBucket,
  canonicalJson,
  completeEntry,
  entryIdTime,
  formatTime,
  fromAttributes,
  lokiName,
  msToNs,
  nsToMs,
  parseEntry,
  parseTime,
  toAttributes,
  utf8Bytes,
  type AuditEntry,
  type AuditEntryInput,
} from '@auditrail/core';
import type { Filter } from '@auditrail/core/query';
import { anyEntryInput } from '../core/src/testing/entries.ts';
import { testStack, uniqueTenant } from '@auditrail/stack';
import { postLogs, readTrail, testEntry, waitForTrail } from '@auditrail/stack/testing';
import { attributesByLine, otlpRecords, sendRecords, type OtlpRecord } from './testing.ts';

const stack = testStack();

async function stored(tenant: string, records: OtlpRecord[], headers: Record<string, string> = {}) {
  await sendRecords(stack, tenant, records, headers);
  const lines = await waitForTrail(stack, tenant, records.length);
  // Oldest first, as they were sent.
  return lines.toReversed();
}

// Loki stores this character of metadata as a space.
const inLoki = (text: string) => text.replaceAll('\uFFFD', ' ');

// Loki has lists as JSON text in which Go escapes more than JavaScript; an empty value is the same as none.
function sameAttributes(found: Record<string, string> = {}, entry: AuditEntry): void {
  const expected = new Map(
    Object.entries(toAttributes(entry)).map(([name, value]) => [lokiName(name), value] as const),
  );
  for (const [name, value] of expected) {
    const read: unknown = Array.isArray(value) ? JSON.parse(found[name] ?? 'null') : found[name];
    expect([name, read]).toEqual([name, Array.isArray(value) ? value.map(inLoki) : inLoki(String(value))]);
  }
  const more = Object.entries(found).filter(([name]) => /^(?:audit|user|gen_ai|client)_/.test(name));
  expect(more.filter(([name, value]) => !expected.has(name) && value !== '')).toEqual([]);
}

// An empty list is the same as none, and Loki has one name for a_b and a__b.
const anyInputs = (count: number) =>
  fc.sample(anyEntryInput, count).map(({ actor: { groups = [], ...actor }, scope = {}, ...input }) => ({
    ...input,
    actor: { ...actor, ...(groups.length > 0 && { groups }) },
    ...(Object.keys(scope).length > 0 && {
      scope: Object.fromEntries(Object.entries(scope).map(([name, value]) => [name.replace(/_+/g, ''), value])),
    }),
  }));

it('makes of the attributes of any entry the entry that core makes of them, in the normal form', async () => {
  const tenant = uniqueTenant('same');
  const inputs = anyInputs(200);
  const now = msToNs(Date.now());
  const stampOf = (i: number) => ({
    ...{ id: '00000000-0000-7000-8000-000000000000', time: formatTime(now + BigInt(i)), service: 'shop' },
  });
  const records = inputs.map((input, i): OtlpRecord => {
    const attributes: Record<string, unknown> = toAttributes(completeEntry(input, stampOf(i)));
    delete attributes['audit.record.id'];
    return { body: input.description, attributes, ns: now + BigInt(i) };
  });
  const lines = await stored(tenant, records);
  const attributes = await attributesByLine(stack, tenant, records.length);
  for (const [i, { line, ns }] of lines.entries()) {
    const entry = parseEntry(line);
    const { attributes: sent = {}, body } = records[i] ?? {};
    const input = { ...fromAttributes(sent), description: body } as AuditEntryInput;
    expect(entry).toEqual({ ...completeEntry(input, stampOf(i)), id: entry.id });
    expect(line).toBe(canonicalJson(entry));
    expect(formatTime(ns)).toBe(entry.time);
    sameAttributes(attributes.get(line), entry);
  }
});

it('has the bucket of core for an email address with any letter that has another case', async () => {
  const letters = Array.from({ length: 0x11_0000 }, (_, code) => String.fromCodePoint(code)).filter(
    (letter) => letter.isWellFormed() && letter.toLowerCase() !== letter,
  );
  expect(letters.length).toBeGreaterThan(1_400);
  const now = msToNs(Date.now());
  const wrong: string[] = [];
  for (let at = 0; at < letters.length; at += 500) {
    const tenant = uniqueTenant('letters');
    const entries = letters
      .slice(at, at + 500)
      .map((letter, i) =>
        completeEntry(
          { action: 'user.login', description: letter, actor: { type: 'user', email: `${letter}@example.com` } },
          { id: testEntry().id, time: formatTime(now + BigInt(i)), service: 'letters' },
        ),
      );
    await stored(
      tenant,
      entries.map((entry, i) => ({ body: canonicalJson(entry), ns: now + BigInt(i) })),
    );
    const attributes = await attributesByLine(stack, tenant, entries.length);
    for (const entry of entries) {
      const bucket = attributes.get(canonicalJson(entry))?.['audit_actor_bucket'];
      if (bucket !== actorBucket(entry.actor)) wrong.push(`${entry.description} ${bucket}`);
    }
  }
  expect(wrong).toEqual([]);
});

it('takes attributes, time and service of a record whose body is a line from the line, and keeps its bytes', async () => {
  const tenant = uniqueTenant('lines');
  const now = msToNs(Date.now());
  const entries = anyInputs(100).map((input, i) => {
    const chain = i % 3 === 0 ? { stream: 's', seq: i + 1, prev: null } : undefined;
    const time = formatTime(now + BigInt(i)).replace(/0+Z$/, 'Z');
    return completeEntry(input, { id: testEntry().id, time, service: `shop-${i % 2}`, ...(chain && { chain }) });
  });
  const lie = {
    ...{ 'audit.channel': 'x', 'audit.outcome': 'success', 'audit.actor.bucket': '99', 'audit.actor.id': 'nobody' },
    ...{ 'audit.action': 'other.action', 'user.email': 'nobody@example.com', more: 1, 'audit.related.id': ['7'] },
  };
  const records = entries.map((entry, i): OtlpRecord => {
    const more = i === 0 ? { timeUnixNano: '0' } : {};
    return { body: canonicalJson(entry), attributes: lie, ns: now - msToNs(3_600_000 * i), service: 'liar', more };
  });
  const lines = await stored(tenant, records);
  const attributes = await attributesByLine(stack, tenant, records.length);
  for (const [i, { line, ns, entry }] of lines.entries()) {
    expect(line).toBe(records[i]?.body);
    expect(entry && parseTime(entry.time)).toBe(ns);
    expect(attributes.get(line)).toMatchObject({ service_name: entry?.service });
    expect(attributes.get(line)?.['more']).toBeUndefined();
    if (entry) sameAttributes(attributes.get(line), entry);
  }
});

it('refuses lines of two services in one resource, with a reason', async () => {
  const tenant = uniqueTenant('services');
  const entries = ['shop', 'billing'].map((service) => testEntry({}, { service }));
  const body = JSON.parse(otlpRecords(entries.map((entry) => ({ body: canonicalJson(entry) })))) as {
    resourceLogs: { scopeLogs: object[] }[];
  };
  const [first] = body.resourceLogs;
  const one = { resourceLogs: [{ ...first, scopeLogs: body.resourceLogs.flatMap(({ scopeLogs }) => scopeLogs) }] };
  const response = await postLogs(stack.urls.gateway, stack.tokensFor(tenant).write, JSON.stringify(one));
  expect([response.status, await response.text()]).toEqual([503, expect.stringContaining('of several services')]);
});

const LOGIN = { 'audit.action': 'user.login' };
const WITH_ADA = { ...LOGIN, 'audit.actor.type': 'user', 'audit.actor.id': '42', 'user.email': 'Ada@Example.com' };

it.each<[string, OtlpRecord, object]>([
  [
    'a sentence and nothing else',
    { body: 'Signed in', attributes: LOGIN },
    {
      ...{ action: 'user.login', event: 'login', channel: 'user', category: 'user', outcome: 'success' },
      ...{ description: 'Signed in', actor: { type: 'service', id: 'shop' } },
    },
  ],
  ['no body', { attributes: WITH_ADA }, { description: '', actor: { type: 'user', id: '42' } }],
  ['a body that begins like JSON', { body: '{"a', attributes: LOGIN }, { description: '{"a' }],
  ['a body that is JSON', { body: '{"actio":"x"}', attributes: LOGIN }, { description: '{"actio":"x"}' }],
  ['a list as body', { body: ['a', 1], attributes: LOGIN }, { description: '["a",1]' }],
  [
    'a map as body',
    {
      body: {
        description: 'x',
        changes: [{ path: 'a', before: 1, after: 'é "\\' }],
        properties: { a: { b: [1] } },
        z: 1,
      },
      attributes: { ...LOGIN, 'shop.till': 3 },
    },
    {
      ...{ description: 'x', changes: [{ path: 'a', before: 1, after: 'é "\\' }] },
      properties: { a: { b: [1] }, body: { z: 1 }, 'shop.till': 3 },
    },
  ],
  [
    'changes of another form',
    { body: { description: 'x', changes: [{ path: 'a', what: 1 }] }, attributes: LOGIN },
    { changes: undefined, properties: { body: { changes: [{ path: 'a', what: 1 }] } } },
  ],
  [
    'words that the schema does not know',
    {
      attributes: {
        ...{ 'audit.action': 'User signed in', 'audit.channel': 'ü', 'audit.event': 'a b', 'audit.category': 'cat' },
        ...{ 'audit.outcome': 'denied', 'audit.actor.type': 'robot', 'audit.actor.id': 7 },
      },
    },
    {
      ...{ action: 'other', event: 'other', channel: 'other', category: 'user', outcome: 'unknown' },
      actor: { type: 'user', id: '7' },
      properties: {
        ...{ 'audit.action': 'User signed in', 'audit.channel': 'ü', 'audit.event': 'a b', 'audit.category': 'cat' },
        ...{ 'audit.outcome': 'denied', 'audit.actor.type': 'robot' },
      },
    },
  ],
  [
    'values of other types',
    {
      attributes: {
        ...{ 'audit.action': ['a', 'b'], 'audit.actor.id': { a: 1 }, 'user.email': true, 'client.address': 1.5 },
        ...{ 'audit.actor.group': [1, 'b', ''], 'http.response.status_code': 'no', 'audit.target.id': 9 },
        ...{ 'audit.related.id': [1, 2], 'audit.on_behalf_of.email': 'Bo@x.org', 'audit.scope.project': 3 },
      },
    },
    {
      ...{ action: 'other', actor: { type: 'user', id: '{"a":1}', email: 'true', groups: ['1', 'b'] } },
      ...{ source: { ip: '1.5' }, target: { type: 'record', id: '9' }, scope: { project: '3' } },
      related: [
        { type: 'record', id: '1' },
        { type: 'record', id: '2' },
      ],
      onBehalfOf: [{ type: 'user', email: 'Bo@x.org' }],
      properties: { 'audit.action': ['a', 'b'], 'http.response.status_code': 'no' },
    },
  ],
  [
    'numbers that JSON or JavaScript does not have',
    { attributes: { ...LOGIN, nan: NaN, big: 9_007_199_254_740_993n, list: [Infinity, 1], is: true } },
    { properties: { nan: 'NaN', big: '9007199254740993', 'list.0': 'Infinity', 'list.1': '1', is: 'true' } },
  ],
  [
    'a body that JSON does not have',
    { body: [NaN], attributes: LOGIN },
    { description: '', properties: { 'body.0': 'NaN' } },
  ],
  [
    'text that is not Unicode, bytes, and a name that is given twice',
    {
      body: 'a\ud800b',
      more: {
        attributes: [
          { key: 'audit.action', value: { stringValue: 'user.login' } },
          { key: 'audit.outcome', value: { stringValue: 'success' } },
          { key: 'audit.outcome', value: { stringValue: 'failure' } },
          { key: '__proto__', value: { bytesValue: 'AQID' } },
          { key: 'toString', value: {} },
        ],
      },
    },
    {
      description: expect.stringMatching(/^a\uFFFD+b$/),
      outcome: 'success',
      properties: JSON.parse('{"__proto__":"AQID","toString":null}'),
    },
  ],
  [
    'a whole number over 2^53',
    { attributes: { ...LOGIN, big: 9_007_199_254_740_993n, share: 0.30000000000000004, text: '12345678901234567890' } },
    { properties: { big: '9007199254740993', share: 0.30000000000000004, text: '12345678901234567890' } },
  ],
  [
    'attributes of a chain that is not valid',
    {
      attributes: {
        ...LOGIN,
        'audit.sequence.stream_id': 's',
        'audit.sequence.number': 1,
        'audit.integrity.value': 'f',
      },
    },
    {
      chain: undefined,
      properties: { 'audit.sequence.stream_id': 's', 'audit.sequence.number': 1, 'audit.integrity.value': 'f' },
    },
  ],
  [
    'names that only the collector sets',
    { attributes: { ...LOGIN, 'auditrail.line': true, 'audit.time.claimed': 'x', 'audit.actor.bucket': '3' } },
    { properties: undefined },
  ],
  [
    'text that is meant for others',
    {
      body: '"}) or vector(1) # {{ .x }} ${env:HOME} $1 \\u003c \\\\u003c \u0001\u0002\u0003 \u2028 <b> & \ud83d\ude00',
      attributes: { ...LOGIN, 'audit.scope.Project': 'x', '': 'no name', 'audit.actor.id': '","type":"system"}' },
    },
    {
      description:
        '"}) or vector(1) # {{ .x }} ${env:HOME} $1 \\u003c \\\\u003c \u0001\u0002\u0003 \u2028 <b> & \ud83d\ude00',
      actor: { type: 'user', id: '","type":"system"}' },
      properties: { 'audit.scope.Project': 'x', '': 'no name' },
    },
  ],
  [
    'lists with quotes, gaps and more items than fit',
    {
      attributes: {
        ...LOGIN,
        'audit.related.id': ['","type":"x', '', '}],"z":[{', ...Array.from({ length: 20 }, (_, i) => `${i}`)],
        'audit.related.type': ['order'],
        'audit.on_behalf_of.type': ['user', 'robot'],
      },
    },
    {
      related: [
        { type: 'order', id: '","type":"x' },
        { type: 'record' },
        { type: 'record', id: '}],"z":[{' },
        ...Array.from({ length: 13 }, (_, i) => ({ type: 'record', id: `${i}` })),
      ],
      onBehalfOf: [{ type: 'user' }, { type: 'user' }],
      properties: {
        'audit.related.id': expect.any(Array),
        'audit.related.type': ['order'],
        'audit.on_behalf_of.type': ['user', 'robot'],
      },
    },
  ],
  [
    'more groups than fit',
    { attributes: { ...LOGIN, 'audit.actor.group': Array.from({ length: 300 }, (_, i) => `g${i}`) } },
    {
      actor: { type: 'service', id: 'shop', groups: Array.from({ length: 200 }, (_, i) => `g${i}`) },
      properties: { 'audit.actor.group': expect.any(Array) },
    },
  ],
  [
    'a trace, and attributes that the SDK dropped',
    {
      attributes: LOGIN,
      more: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), droppedAttributesCount: 3, severityText: 'INFO' },
    },
    {
      trace: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) },
      properties: { dropped_attributes_count: 3 },
    },
  ],
])('makes an entry of %s, in either pipeline', async (_, record, expected) => {
  const tenant = uniqueTenant('hostile');
  for (const headers of [{}, { 'X-Auditrail-Wait': 'loki' }]) await sendRecords(stack, tenant, [record], headers);
  const lines = await waitForTrail(stack, tenant, 2);
  const attributes = await attributesByLine(stack, tenant, 2);
  for (const { line, problem, entry, ns } of lines) {
    expect(problem).toBeUndefined();
    const fields = Object.keys(expected).map((name) => [name, entry?.[name as keyof AuditEntry]]);
    expect(Object.fromEntries(fields)).toMatchObject(expected);
    expect(canonicalJson(JSON.parse(line))).toBe(line);
    expect(formatTime(ns)).toBe(entry?.time);
    if (entry) sameAttributes(attributes.get(line), entry);
  }
});

it('makes an entry of a body that is an object with some fields of a line', async () => {
  const tenant = uniqueTenant('half');
  const bodies = [
    { ...testEntry(), channel: undefined },
    { ...testEntry(), outcome: 'denied' },
    { ...testEntry(), actor: 'Ada' },
    { schema: 2 },
  ];
  const records = bodies.map((body): OtlpRecord => ({ body: JSON.stringify(body), attributes: LOGIN }));
  const lines = await stored(tenant, records);
  expect(lines.map(({ entry }) => entry?.description)).toEqual(records.map(({ body }) => body));
});

it('keeps what is too long: cut, with size and hash of the whole', async () => {
  const tenant = uniqueTenant('huge');
  const long = '日"\u0001'.repeat(200_000);
  const all = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`k${i}`.repeat(100), long.slice(0, 5_000)]));
  const fields = ['audit.actor.id', 'user.full_name', 'client.address', 'audit.target.id', 'url.path', 'error.message'];
  const records: OtlpRecord[] = [
    { body: long, attributes: LOGIN },
    { body: 'properties', attributes: { ...LOGIN, ...all, object: { a: [long] } } },
    { body: 'fields', attributes: { ...LOGIN, ...Object.fromEntries(fields.map((name) => [name, long])) } },
    { body: 'items', attributes: { ...LOGIN, 'audit.related.id': [long, long], 'audit.actor.group': [long] } },
    { body: canonicalJson(testEntry({ description: long })), attributes: LOGIN },
    { body: long, attributes: { 'audit.channel': 'plain' } },
    { body: 'neighbor', attributes: LOGIN },
  ];
  const lines = [];
  // Each alone: together they are over the size of a request.
  for (const [i, record] of records.entries()) {
    await sendRecords(stack, tenant, [record]);
    lines.push(...(await waitForTrail(stack, tenant, i + 1)).slice(0, 1));
  }
  expect(lines.map(({ entry }) => entry?.description.slice(0, 10))).toEqual([
    ...[long.slice(0, 10), 'properties', 'fields', 'items', '{"action":', undefined, 'neighbor'],
  ]);
  const full = { bytes: expect.any(Number), sha256: expect.stringMatching(/^[0-9a-f]{64}$/) };
  const cut = lines.filter(({ entry }) => entry?.properties?.['$full'] !== undefined);
  expect(cut.map(({ entry }) => entry?.properties?.['$full'])).toEqual(Array(5).fill(full));
  for (const { line } of lines) expect(utf8Bytes(line)).toBeLessThanOrEqual(1_000_000);
});

it('gives a record that is sent again the same id, and equal records of one time different ones', async () => {
  const tenant = uniqueTenant('again');
  const ns = msToNs(Date.now());
  const same = { body: 'Sign-in failed', attributes: WITH_ADA, ns };
  const scoped = JSON.parse(otlpRecords([same])) as { resourceLogs: { scopeLogs: { logRecords: object[] }[] }[] };
  const scopeLogs = scoped.resourceLogs[0]?.scopeLogs[0];
  scopeLogs?.logRecords.push(...scopeLogs.logRecords, ...scopeLogs.logRecords);
  for (let i = 0; i < 2; i++) {
    await postLogs(stack.urls.gateway, stack.tokensFor(tenant).write, JSON.stringify(scoped));
  }
  await sendRecords(stack, tenant, [{ body: 'last', attributes: LOGIN, ns: ns + 1n }]);
  const lines = await waitForTrail(stack, tenant, 4);
  expect(new Set(lines.map(({ entry }) => entry?.id)).size).toBe(4);
  expect(lines).toHaveLength(4);
  for (const { entry } of lines) expect(entryIdTime(entry?.id ?? '')).toBe(nsToMs(ns));
  const own = { ...same, attributes: { ...WITH_ADA, 'audit.record.id': testEntry().id }, ns: ns + 2n };
  const bad = { ...same, attributes: { ...WITH_ADA, 'audit.record.id': '7' }, ns: ns + 3n };
  await sendRecords(stack, tenant, [own, bad]);
  const [second, first] = await waitForTrail(stack, tenant, 6);
  expect(first?.entry?.id).toBe(own.attributes['audit.record.id']);
  expect(second?.entry?.properties).toEqual({ 'audit.record.id': '7' });
});

it('writes one time into line and record, also if the sender has none or an impossible one', async () => {
  const tenant = uniqueTenant('times');
  const before = msToNs(Date.now());
  const day = 86_400_000_000_000n;
  const records = [0n, 1n, before + day, 2n ** 64n - 1n].map((ns) => ({ body: `${ns}`, attributes: LOGIN, ns }));
  const lines = await stored(tenant, records);
  for (const { ns, entry } of lines) {
    expect(ns).toBeGreaterThanOrEqual(before);
    expect(ns).toBeLessThan(before + day);
    expect(entry?.time).toBe(formatTime(ns));
    const claimed = entry?.properties?.['audit.time.claimed'];
    expect([entry?.description, typeof claimed]).toEqual([
      entry?.description,
      entry?.description === '0' ? 'undefined' : 'string',
    ]);
  }
});

it('has a scope of any name under the name that filters use', async () => {
  const tenant = uniqueTenant('scope');
  const names = ['a__b', 'c_', 'd_1__'];
  const scopes = names.map((name) => [`audit.scope.${name}`, 'x'] as const);
  await stored(tenant, [{ body: 'found', attributes: { ...LOGIN, ...Object.fromEntries(scopes) } }]);
  for (const name of names) {
    const filters: Filter[] = [{ field: `scope.${name}`, operator: 'is', values: ['x'] }];
    expect(await readTrail(stack, tenant, { query: { filters } })).toHaveLength(1);
  }
});

it('checks a map that is an entry as it checks its line', async () => {
  const tenant = uniqueTenant('map-line');
  const entry = testEntry({ actor: { type: 'user', email: 'Ada@Example.com' }, outcome: 'failure' });
  const lie = { 'audit.outcome': 'success', 'audit.channel': 'other', 'user.email': 'eve@example.com' };
  await sendRecords(stack, tenant, [{ body: entry, attributes: lie, ns: msToNs(Date.now() - 86_400_000) }]);
  const [line] = await waitForTrail(stack, tenant, 1);
  expect(line?.entry).toEqual(entry);
  expect(formatTime(line?.ns ?? 0n)).toBe(entry.time);
  expect([...(await attributesByLine(stack, tenant, 1)).values()]).toEqual([
    expect.objectContaining({ audit_outcome: 'failure', audit_channel: 'user', user_email: 'ada@example.com' }),
  ]);
});

it('keeps lists whose items are longer in the JSON of Go', async () => {
  const tenant = uniqueTenant('go-lists');
  const groups = Array.from({ length: 200 }, (_, i) => `${i}${'<'.repeat(100)}`);
  const entry = testEntry({ actor: { type: 'user', id: '7', groups }, onBehalfOf: [{ type: 'user', id: '8' }] });
  await sendRecords(stack, tenant, [{ body: canonicalJson(entry) }]);
  await waitForTrail(stack, tenant, 1);
  const [attributes] = [...(await attributesByLine(stack, tenant, 1)).values()];
  expect(JSON.parse(attributes?.['audit_on_behalf_of_id'] ?? 'null')).toEqual(['8']);
});
