import { BlockList, isIP } from 'node:net';
import { msToNs, normalEmail, type AuditEntry, type AuditEntryInput } from '@auditrail/core';
import { httpLokiClient, readEntries, readFieldValues, countEntries, type LokiClient } from '@auditrail/core/loki';
import { fieldOperators, type EntryQuery, type Filter, type FilterField } from '@auditrail/core/query';
import { sendEntries, testEntry, waitForTrail } from '../stack/src/testing/index.ts';
import { testStack, uniqueTenant } from '../stack/src/testing/test-stack.ts';

// Filters and search in a real Loki, compared with the same conditions in JavaScript.
const ODD = [
  'plain',
  'quote " backtick ` apostrophe \'',
  'back\\slash \\d \\',
  'a.*b',
  'a+b(c)[d]{2}^$|?',
  '.*',
  '%',
  '_',
  '*',
  '"}) or {app="x"',
  '<b>R&D</b> &amp;',
  'tab\tline\nbreak\r\n',
  'form\ffeed back\bspace \u0001 \u001f \u007f',
  '\u2028 \u2029 \ufeff',
  'Größe ÇA İi',
  'ΑΘΉΝΑ σς',
  'Роман',
  'Романов',
  '日本語',
  '😀 e\u0301',
  '","admins',
  'admins',
  'admin',
  '\\u0041',
  ' spaces ',
  '{{ .x }} ${y}',
];
const ADDRESSES = [
  ...['10.0.0.1', '10.255.255.255', '110.0.0.1', '11.0.0.1', '192.168.1.5', '0.0.0.0', '255.255.255.255'],
  ...['::', '::1', '2001:db8::1', '2001:DB8:0::1', '2001:db9::', 'fe80::1', 'fd00::1', '64:ff9b::1', '::ffff:10.0.0.1'],
  // Not addresses.
  ...['10.0.0.1 and more', 'x10.0.0.1', '10.0.0.1:80', '10.0.0', '10.0.0.256', '010.0.0.1', '1:10.0.0.1', 'unknown'],
  ...['[2001:db8::2]:443', '12345::1', '10.0.0.0/8 ', '10x0x0x1', '2001:db8::1:2:3:4:5:6:7:8'],
];

let entries: AuditEntry[];
let loki: LokiClient;
const now = msToNs(Date.now());
const range = { start: now - msToNs(3_600_000), end: now + msToNs(3_600_000) };

const simple: AuditEntryInput = { action: 'a.b', description: 'plain', actor: { type: 'user' } };

beforeAll(async () => {
  const tenant = uniqueTenant('filters');
  const stack = testStack();
  const odd = ODD.map((text, i): AuditEntryInput => ({
    ...simple,
    action: `odd.word_${i}`,
    channel: `channel${i % 3}`,
    outcome: i % 2 ? 'failure' : 'success',
    category: (['user', 'system', 'task'] as const)[i % 3]!,
    description: `before ${text} after`,
    actor: {
      ...{ type: 'agent', id: text, name: text, email: text, groups: [text, `x${text}y`, 'all'] },
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
    properties: { note: text, 'in-side': { number_of: i, list: [text] } },
    scope: { project: text },
    request: { id: text, method: text, endpoint: text, status: 200 + i, operation: text },
    trace: { traceId: `${i}`.padStart(32, 'a'), spanId: `${i}`.padStart(16, 'b') },
  }));
  const addresses = ADDRESSES.map((ip): AuditEntryInput => ({ ...simple, source: { ip } }));
  entries = [...odd, ...addresses, simple].map((input) => testEntry(input, { service: 'filters' }));
  await sendEntries(stack, tenant, entries);
  await waitForTrail(stack, tenant, entries.length);
  loki = httpLokiClient({
    url: stack.urls.gateway,
    tenant,
    headers: { Authorization: `Bearer ${stack.tokensFor(tenant).read}` },
  });
}, 120_000);

async function found(query: EntryQuery): Promise<string[]> {
  const ids: string[] = [];
  for await (const page of readEntries(loki, { query, range }))
    ids.push(...page.map(({ entry, key }) => entry?.id ?? key));
  return ids.sort();
}

const VALUES: Partial<Record<FilterField, (entry: AuditEntry) => (string | number | undefined)[]>> = {
  action: (entry) => [entry.action],
  event: (entry) => [entry.event],
  channel: (entry) => [entry.channel],
  category: (entry) => [entry.category],
  outcome: (entry) => [entry.outcome],
  service: (entry) => [entry.service],
  email: (entry) => [entry.actor.email && normalEmail(entry.actor.email)],
  actorId: (entry) => [entry.actor.id],
  actorName: (entry) => [entry.actor.name],
  actorType: (entry) => [entry.actor.type],
  agent: (entry) => [entry.actor.agent?.name],
  agentModel: (entry) => [entry.actor.agent?.model],
  agentRunId: (entry) => [entry.actor.agent?.runId],
  onBehalfOf: (entry) =>
    (entry.onBehalfOf ?? []).flatMap(({ id, name, email }) => [id, name, email && normalEmail(email)]),
  reason: (entry) => [entry.reason],
  group: (entry) => entry.actor.groups ?? [],
  authContext: (entry) => [entry.authContext],
  ip: (entry) => [entry.source?.ip],
  sessionId: (entry) => [entry.source?.sessionId],
  deviceId: (entry) => [entry.source?.deviceId],
  userAgent: (entry) => [entry.source?.userAgent],
  errorCode: (entry) => [entry.error?.code],
  errorMessage: (entry) => [entry.error?.message],
  targetType: (entry) => [entry.target?.type],
  targetId: (entry) => [entry.target?.id],
  targetName: (entry) => [entry.target?.name],
  record: ({ target, related = [] }) => [target?.id, target?.name, ...related.flatMap(({ id, name }) => [id, name])],
  requestId: (entry) => [entry.request?.id],
  'properties.note': (entry) => [entry.properties?.['note'] as string | undefined],
  'properties.in-side.number_of': (entry) => {
    const inside = entry.properties?.['in-side'] as { number_of: number } | undefined;
    return [inside?.number_of];
  },
  'scope.project': (entry) => [entry.scope?.project],
  method: (entry) => [entry.request?.method],
  endpoint: (entry) => [entry.request?.endpoint],
  status: (entry) => [entry.request?.status],
  operation: (entry) => [entry.request?.operation],
  traceId: (entry) => [entry.trace?.traceId],
  id: (entry) => [entry.id],
};
const valuesOf = (entry: AuditEntry, field: FilterField) =>
  VALUES[field]!(entry).flatMap((value) => (value === undefined ? [] : [String(value)]));

const includesText = (text: string, part: string) =>
  new RegExp(part.replace(/[\\.+*?()|[\]{}^$/]/g, '\\$&'), 'iu').test(text);

function expected(test: (entry: AuditEntry) => boolean): string[] {
  return entries
    .filter(test)
    .map(({ id }) => id)
    .sort();
}

function expectedOf({ field, operator, values }: Filter): string[] {
  return expected((entry) => {
    const has = valuesOf(entry, field);
    if (operator === 'contains') return has.some((value) => includesText(value, values[0]!));
    const wanted = field === 'email' ? values.map(normalEmail) : values;
    // Of a person whom an actor acted for, the e-mail address is compared in any case.
    const isWanted = (value: string) =>
      wanted.includes(value) || (field === 'onBehalfOf' && values.map(normalEmail).includes(value));
    return has.some(isWanted) !== operator.startsWith('is not');
  });
}

describe.each(Object.keys(VALUES) as FilterField[])('%s', (field) => {
  test.each(fieldOperators(field))(
    '%s finds the same entries as JavaScript',
    async (operator) => {
      const all = [...new Set(entries.flatMap((entry) => valuesOf(entry, field)))].filter((value) => value !== '');
      // IPv6 addresses, which can be written in several ways, have their own test.
      const values = field === 'ip' ? all.filter((value) => isIP(value) !== 6) : all;
      const several = operator.endsWith('any of');
      const cases = values
        .slice(0, 24)
        .map((value, i) => (several ? [value, values[(i + 7) % values.length]!] : [value]));
      expect(cases.length).toBeGreaterThan(0);
      for (const chosen of cases) {
        const filter: Filter = { field, operator, values: [...new Set(chosen)] };
        expect([filter, await found({ filters: [filter] })]).toEqual([filter, expectedOf(filter)]);
      }
    },
    60_000,
  );
});

test.each(['properties.note', 'properties.in-side.number_of', 'scope.project', 'record', 'onBehalfOf'] as const)(
  'the values of %s that people choose from',
  async (field) => {
    const values = await readFieldValues(loki, field, { range });
    expect(values.length).toBeGreaterThan(ODD.length / 2);
    const plain = values.find(({ value }) => value.includes('plain'));
    if (!field.endsWith('number_of')) expect(plain?.count).toBe(1);
  },
);

describe('networks and addresses', () => {
  const networks = [
    ...['10.0.0.0/8', '10.0.0.1/32', '0.0.0.0/0', '192.168.0.0/16', '10.0.0.0/7', '255.255.255.255/32'],
    ...['::/0', '::1/128', '::/128', '::/127', '2001:db8::/32', '2001:DB8::/32', '2001:db8::/31', 'fe80::/10'],
    ...['fc00::/7', '64:ff9b::/96', '::ffff:10.0.0.0/104', '::1', '2001:0db8:0:0:0:0:0:1', '10.0.0.1'],
  ];

  function inNetwork(ip: string, network: string): boolean {
    const [base = '', bits = ''] = network.split('/');
    const family = base.includes(':') ? 'ipv6' : 'ipv4';
    if (isIP(ip) !== Number(family.slice(3))) return false;
    const list = new BlockList();
    if (isIP(base) === 0) return false;
    if (bits) list.addSubnet(base, Number(bits), family);
    else list.addAddress(base, family);
    return list.check(ip, family);
  }
  const isIn = (entry: AuditEntry, networks: string[]) =>
    networks.some((network) => inNetwork(entry.source?.ip ?? '', network) || entry.source?.ip === network);

  test.each(networks)('%s', async (network) => {
    const filter = (operator: Filter['operator']) => ({
      filters: [{ field: 'ip' as const, operator, values: [network] }],
    });
    const inside = expected((entry) => isIn(entry, [network]));
    expect(inside.length).toBeGreaterThan(0);
    expect(await found(filter('is'))).toEqual(inside);
    // Entries without a valid address are outside of every network.
    expect(await found(filter('is not'))).toEqual(expected((entry) => !isIn(entry, [network])));
  });

  test('several networks, addresses and other values', async () => {
    const values = ['10.0.0.0/8', '2001:db8::1', 'unknown', '192.168.1.5', '::/127'];
    expect(await found({ filters: [{ field: 'ip', operator: 'is any of', values }] })).toEqual(
      expected((entry) => isIn(entry, values)),
    );
    expect(await found({ filters: [{ field: 'ip', operator: 'is not any of', values }] })).toEqual(
      expected((entry) => !isIn(entry, values)),
    );
    expect(
      await countEntries(loki, {
        query: { filters: [{ field: 'ip', operator: 'is', values: ['10.0.0.0/8'] }] },
        range,
      }),
    ).toBe(2);
  });
});

describe('search', () => {
  const SEARCHED = ['email', 'ip', 'endpoint', 'operation', 'id', 'errorMessage'] as const;
  const matches = (entry: AuditEntry, text: string) =>
    [entry.description, ...SEARCHED.flatMap((field) => valuesOf(entry, field))].some((value) =>
      includesText(value, text),
    );

  test.each(ODD)('finds %j in description, e-mail, IP, endpoint, operation and id', async (text) => {
    for (const search of [text, text.toUpperCase(), `BEFORE ${text.toLowerCase()}`]) {
      expect([search, await found({ search })]).toEqual([search, expected((entry) => matches(entry, search))]);
    }
    expect(await countEntries(loki, { query: { search: text }, range })).toBe(
      expected((entry) => matches(entry, text)).length,
    );
  });

  test.each(['10.0.0.1', 'DB8::', 'word_1', 'filters', 'channel1', 'audit'])('%s', async (search) => {
    expect(await found({ search })).toEqual(expected((entry) => matches(entry, search)));
  });

  test('finds an id, complete or in part', async () => {
    const { id } = entries[3]!;
    expect(await found({ search: id.toUpperCase() })).toEqual([id]);
    expect(await found({ search: id.slice(-9) })).toEqual([id]);
  });
});
