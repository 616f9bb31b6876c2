import { setTimeout as sleep } from 'node:timers/promises';
import { actorBucket, ATTRIBUTES, normalEmail, entryIdTime, lokiName, type AuditEntry } from '@auditrail/core';
import { testStack, uniqueTenant } from '@auditrail/stack';
import { otlpLogs, postLogs, readTrail, testEntry, waitForTrail } from '@auditrail/stack/testing';

const stack = testStack();
const ADA = { Login: 'ada', UserUID: 'u1', Email: 'Ada@Example.com', Name: 'Ada Lovelace', OrgID: 1, OrgRole: 'Admin' };

// Grafana writes UTF-8 into the header; fetch takes text of bytes.
const contextOf = (user: unknown) => ({
  'X-Grafana-Context': Buffer.from(JSON.stringify(user), 'utf8').toString('latin1'),
});

function send(tenant: string, entry: AuditEntry, user: unknown, token = stack.tokensFor(tenant).grafana) {
  const headers = { 'X-Scope-OrgID': tenant, ...(user !== undefined && contextOf(user)) };
  return postLogs(stack.urls.collector, token, otlpLogs([entry]), headers);
}

/** Labels and structured metadata of a tenant's streams. */
async function attributesOf(tenant: string): Promise<Record<string, string>[]> {
  const query = new URLSearchParams({ query: '{audit_channel=~".+"}' });
  const headers = { 'X-Scope-OrgID': tenant };
  const answer = await fetch(`${stack.urls.loki}/loki/api/v1/query_range?${query}`, { headers });
  const { data } = (await answer.json()) as { data: { result: { stream: Record<string, string> }[] } };
  return data.result.map(({ stream }) => stream);
}

const forged = () =>
  testEntry(
    {
      action: 'audit.exported',
      channel: 'audit',
      description: 'Ada exported 12 entries',
      actor: { type: 'system', id: 'root', name: 'Somebody', email: 'somebody@example.com', groups: ['admins'] },
      source: { ip: '6.6.6.6', userAgent: 'Firefox' },
      target: { type: 'export', id: '7', name: '12 entries' },
      changes: [{ path: 'a', before: null, after: '<b> & é 😀' }],
      properties: { rows: 12, big: 9_007_199_254_740_991, share: 0.1, none: null, list: [1, 'x', { y: true }] },
    },
    { service: 'payroll', msAgo: 40 * 86_400_000 },
  );

it('states the actor, the time, the id and the origin itself, and keeps the rest', async () => {
  const tenant = uniqueTenant('stamp');
  const sent = forged();
  const before = Date.now();
  const lies = { ...sent, onBehalfOf: [{ type: 'user' as const, email: 'ceo@example.com' }] };
  const trace = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) };
  expect((await send(tenant, { ...lies, trace }, ADA)).status).toBe(200);
  const [line] = await waitForTrail(stack, tenant, 1);
  const { id, time } = line?.entry ?? sent;
  expect(id).not.toBe(sent.id);
  expect(Math.abs((entryIdTime(id) ?? 0) - Date.parse(time))).toBeLessThan(10);
  expect(line?.entry).toEqual({
    ...sent,
    id,
    time,
    actor: { type: 'user', id: 'u1', name: 'Ada Lovelace', email: 'Ada@Example.com' },
    service: 'grafana',
    source: { userAgent: 'Firefox' },
  });
  expect((await attributesOf(tenant))[0]).not.toHaveProperty('trace_id');
  expect(Date.parse(time)).toBeGreaterThanOrEqual(before);
  expect(Date.parse(time)).toBeLessThanOrEqual(Date.now());
});

it('names a service account as a service', async () => {
  const tenant = uniqueTenant('service-account');
  const login = 'sa-1-exporter';
  const account = { Login: login, UserUID: 'sa1', Name: 'exporter', Email: login, IsServiceAccount: true };
  expect((await send(tenant, forged(), account)).status).toBe(200);
  const [line] = await waitForTrail(stack, tenant, 1);
  expect(line?.entry?.actor).toEqual({ type: 'service', id: 'sa1', name: 'exporter' });
  expect((await attributesOf(tenant))[0]?.[lokiName(ATTRIBUTES.actorType)]).toBe('service');
});

it.each<[string, string, string | undefined]>([
  ['its peer', '192.0.2.7, 192.0.2.7', '192.0.2.7'],
  ['its peer, by IPv6', '2001:db8::7, 2001:db8::7', '2001:db8::7'],
  ['its peer, not what the browser says', '6.6.6.6, 192.0.2.7, 192.0.2.7', '192.0.2.7'],
  ['its peer, not a repetition that the browser sends', '6.6.6.6, 6.6.6.6, 192.0.2.7, 192.0.2.7', '192.0.2.7'],
  ['nothing if the browser made Grafana drop the header', '192.0.2.7', undefined],
  ['nothing if it is not an address', '"x", "x"', undefined],
])('states the address that Grafana saw: %s', async (_, forwardedFor, ip) => {
  const tenant = uniqueTenant('address');
  const headers = { 'X-Forwarded-For': forwardedFor, 'X-Auditrail-Client-Address': '6.6.6.6', ...contextOf(ADA) };
  const sent = [forged(), testEntry({ action: 'audit.x' })];
  for (const entry of sent) {
    const body = otlpLogs([entry]);
    expect((await postLogs(stack.urls.collector, stack.tokensFor(tenant).grafana, body, headers)).status).toBe(200);
  }
  const lines = await waitForTrail(stack, tenant, 2);
  expect(lines.map(({ entry }) => entry?.source?.ip)).toEqual([ip, ip]);
  const attributes = await attributesOf(tenant);
  expect(attributes.map((each) => each[lokiName(ATTRIBUTES.sourceIp)])).toEqual(attributes.map(() => ip));
});

it('gives each entry an id of its own, also to those that claim the id of another', async () => {
  const tenant = uniqueTenant('ids');
  const sent = forged();
  for (let i = 0; i < 3; i++) expect((await send(tenant, sent, ADA)).status).toBe(200);
  const lines = await waitForTrail(stack, tenant, 3);
  expect(new Set([sent.id, ...lines.map(({ entry }) => entry?.id)]).size).toBe(4);
});

it('takes every attribute from the line, with the bucket that core searches in', async () => {
  const users = [
    ADA,
    { Login: 'x', UserUID: 'x', Email: 'İΣ.ÉMILE@Example.com' },
    { Login: 'admin', UserUID: 'cfe9x2', Email: '', Name: '' },
    ...Array.from({ length: 12 }, (_, i) => ({ Login: `u${i}`, UserUID: `uid-${i}`, Email: `Zoë.${i}@example.com` })),
  ];
  for (const user of users) {
    const tenant = uniqueTenant('attributes');
    const lie = forged();
    const body = otlpLogs([lie]).replace('"stringValue":"audit"', '"stringValue":"auth"');
    const headers = { 'X-Scope-OrgID': tenant, ...contextOf(user) };
    expect((await postLogs(stack.urls.collector, stack.tokensFor(tenant).grafana, body, headers)).status).toBe(200);
    const [line] = await waitForTrail(stack, tenant, 1);
    const entry = line?.entry ?? lie;
    const attributes = await attributesOf(tenant);
    expect(attributes).toEqual([
      expect.objectContaining({
        service_name: 'grafana',
        [lokiName(ATTRIBUTES.actorBucket)]: actorBucket(entry.actor),
        [lokiName(ATTRIBUTES.channel)]: 'audit',
        [lokiName(ATTRIBUTES.outcome)]: 'success',
        [lokiName(ATTRIBUTES.action)]: 'audit.exported',
        [lokiName(ATTRIBUTES.recordId)]: entry.id,
        [lokiName(ATTRIBUTES.actorId)]: user.UserUID,
        [lokiName(ATTRIBUTES.actorType)]: 'user',
        [lokiName(ATTRIBUTES.targetName)]: '12 entries',
      }),
    ]);
    const [stream] = attributes;
    expect(stream).not.toHaveProperty('client_address');
    expect(stream).not.toHaveProperty('audit_actor_group');
    expect(stream?.['user_email']).toBe(user.Email ? normalEmail(user.Email) : undefined);
  }
}, 60_000);

it.each([
  ["another system's action", testEntry({ action: 'user.login' }), ADA, 'only actions that begin with audit.'],
  [
    'an action that only looks like one',
    testEntry({ action: 'auditing.x' }),
    ADA,
    'only actions that begin with audit.',
  ],
  ['a request without the context', testEntry({ action: 'audit.x' }), undefined, 'X-Grafana-Context is missing'],
  ['a context without a user', testEntry({ action: 'audit.x' }), { OrgID: 1 }, 'names no user'],
  ['a context that is no JSON object', testEntry({ action: 'audit.x' }), 'ada', 'failed to execute statement'],
])('refuses %s, and says so', async (_, entry, user, reason) => {
  const tenant = uniqueTenant('refused');
  const response = await send(tenant, entry, user);
  expect(response.status).toBe(503);
  expect(await response.text()).toContain(reason);
  await sleep(500);
  expect(await readTrail(stack, tenant)).toEqual([]);
});

it('refuses a whole request for one bad entry, and a body that is no entry', async () => {
  const tenant = uniqueTenant('mixed');
  const headers = { 'X-Scope-OrgID': tenant, ...contextOf(ADA) };
  const good = testEntry({ action: 'audit.x' });
  const mixed = otlpLogs([good, testEntry()]);
  expect((await postLogs(stack.urls.collector, stack.tokensFor(tenant).grafana, mixed, headers)).status).toBe(503);
  const text = otlpLogs([good]).replace(/"stringValue":"\{/, '"stringValue":"');
  expect((await postLogs(stack.urls.collector, stack.tokensFor(tenant).grafana, text, headers)).status).toBe(503);
  await sleep(500);
  expect(await readTrail(stack, tenant)).toEqual([]);
});

it('takes nothing with the tokens of others', async () => {
  const tenant = uniqueTenant('token');
  const { collectorGrafanaUrl, tokens } = stack.behind;
  for (const token of ['', tokens.collector, stack.tokensFor(tenant).grafana]) {
    const headers = { 'X-Scope-OrgID': tenant, ...contextOf(ADA) };
    expect((await postLogs(collectorGrafanaUrl, token, otlpLogs([forged()]), headers)).status).toBe(401);
  }
});
