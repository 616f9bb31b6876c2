import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GatewayTokenFile } from 'auditrail';
import { createAuditLogger } from '@auditrail/sdk';
import { testStack, uniqueTenant } from '@auditrail/stack';
import { otlpLogs, postLogs, readTrail, testEntry, waitForTrail } from '@auditrail/stack/testing';

// Changes of the token file while the gateway runs.
const stack = testStack();
const { urls, tokensFor } = stack;
const file = new GatewayTokenFile(stack.tokensFile);
const folder = mkdtempSync(join(tmpdir(), 'auditrail-tokens-'));
afterAll(() => rmSync(folder, { recursive: true }));

const post = async (token: string, body: string, headers: Record<string, string> = {}) => {
  const response = await postLogs(urls.gateway, token, body, headers);
  return { status: response.status, body: await response.text() };
};

describe('a token bound to a service', () => {
  const tenant = uniqueTenant('bound');
  let token: string;
  beforeAll(async () => {
    ({ token } = await file.create({ tenant, role: 'write', service: 'shop' }));
  });
  const named = (service: string) => otlpLogs([testEntry({}, { service })]);
  const swap = (text: string) => text.replaceAll('\\"service\\":\\"bank\\"', '\\"service\\":\\"shop\\"');
  const resource = (service: string) => `{"key":"service.name","value":{"stringValue":"${service}"}}`;

  it('writes entries of that service', async () => {
    const before = (await readTrail(stack, tenant)).length;
    expect((await post(token, named('shop'))).status).toBe(200);
    expect((await post(token, named('shop'), { 'X-Auditrail-Wait': 'loki' })).status).toBe(200);
    await waitForTrail(stack, tenant, before + 2);
  });

  it.each<[string, () => string, Record<string, string>]>([
    ['another service', () => named('bank'), {}],
    ['another service in the line only', () => named('bank').replace(resource('bank'), resource('shop')), {}],
    ['another service in the resource only', () => swap(named('bank')), {}],
    ['no service', () => named('shop').replace(resource('shop'), ''), {}],
    ['another service, which is also in the header', () => named('bank'), { 'X-Auditrail-Service': 'bank' }],
    [
      'another service in a line that starts with a space',
      () => named('bank').replace(resource('bank'), resource('shop')).replace('"stringValue":"{', '"stringValue":" {'),
      {},
    ],
    [
      'another service in a second attribute of that name',
      () => named('bank').replace(resource('bank'), `${resource('shop')},${resource('bank')}`),
      {},
    ],
    [
      'another service in a second member of a map',
      () => {
        const member = (value: string) => `{"key":"service","value":{"stringValue":"${value}"}}`;
        const map = `{"kvlistValue":{"values":[${member('shop')},${member('bank')}]}}`;
        return named('shop').replace(/"body":\{"stringValue":"(?:[^"\\]|\\.)*"\}/, `"body":${map}`);
      },
      {},
    ],
  ])('writes nothing of %s', async (_, body, headers) => {
    const before = (await readTrail(stack, tenant)).length;
    for (const wait of ['loki', 'queue']) {
      const response = await post(token, body(), { ...headers, 'X-Auditrail-Wait': wait });
      expect([response.status, response.body]).toEqual([503, expect.stringContaining('for another service')]);
    }
    expect(await readTrail(stack, tenant)).toHaveLength(before);
  });

  it('writes records whose body only begins like an entry, but none that could be an entry of any service', async () => {
    const before = (await readTrail(stack, tenant)).length;
    const action = { key: 'audit.action', value: { stringValue: 'user.login' } };
    const record = (stringValue: string, attributes: object[]) => {
      const resourceLogs = [
        {
          resource: { attributes: [JSON.parse(resource('shop')) as object] },
          scopeLogs: [{ logRecords: [{ body: { stringValue }, attributes }] }],
        },
      ];
      return JSON.stringify({ resourceLogs });
    };
    const deep = `{"properties":${'['.repeat(20_000)}${']'.repeat(20_000)},"service":"bank"}`;
    expect((await post(token, record('{not json', [action]))).status).toBe(200);
    expect((await post(token, record(deep, [action]))).status).toBe(200);
    for (const body of ['{not json', deep]) {
      const response = await post(token, record(body, []));
      expect([response.status, response.body]).toEqual([503, expect.stringContaining('cannot be checked')]);
    }
    const lines = await waitForTrail(stack, tenant, before + 2);
    expect(lines.slice(0, 2).map(({ entry }) => entry?.service)).toEqual(['shop', 'shop']);
  });
});

describe('a token that is rotated or revoked', () => {
  const status = async (token: string) => {
    const headers = { Authorization: `Bearer ${token}` };
    return (await fetch(`${urls.gateway}/loki/api/v1/labels`, { headers })).status;
  };

  it('is refused with the next request, without a restart', async () => {
    const tenant = uniqueTenant('rotated');
    const first = await file.create({ tenant, role: 'read' });
    expect(await status(first.token)).toBe(200);
    const second = await file.createSuccessor(first.key.keyId);
    expect([await status(first.token), await status(second?.token ?? '')]).toEqual([200, 200]);
    await file.revoke(first.key.keyId);
    expect([await status(first.token), await status(second?.token ?? '')]).toEqual([401, 200]);
    await file.revoke(second?.key.keyId ?? '');
    expect([await status(first.token), await status(second?.token ?? '')]).toEqual([401, 401]);
  });

  it('loses no entries: the SDK waits, logs the reason, and sends with the next token', async () => {
    const tenant = uniqueTenant('sdk');
    const revoked = await file.create({ tenant, role: 'write' });
    const bound = await file.create({ tenant, role: 'write', service: 'bank' });
    await file.revoke(revoked.key.keyId);
    let { token } = revoked;
    const logged: string[] = [];
    const onLog = (text: string) => void logged.push(text);
    const audit = createAuditLogger({
      ...{ service: 'shop', tenant, endpoint: urls.gateway, token: () => token, spool: join(folder, 'spool') },
      ...{ maxBackoffMs: 50, integrity: { marks: false }, log: { warn: onLog, error: onLog } },
    });
    try {
      await audit.record({ action: 'user.login', description: 'Ada signed in', actor: { type: 'user', id: '1' } });
      await expect(audit.flush({ timeoutMs: 300 })).rejects.toMatchObject({ code: 'DELIVERY_TIMEOUT' });
      expect(logged.join()).toContain('the token is unknown or revoked');
      ({ token } = bound);
      await expect(audit.flush({ timeoutMs: 300 })).rejects.toMatchObject({ code: 'DELIVERY_TIMEOUT' });
      expect(audit.pending).toBe(1);
      token = tokensFor(tenant).write;
      await audit.flush();
      expect(await waitForTrail(stack, tenant, 1)).toHaveLength(1);
    } finally {
      await audit.shutdown();
    }
  });

  it('does not affect requests with other tokens', async () => {
    const tenant = uniqueTenant('busy');
    const other = tokensFor(uniqueTenant('calm')).read;
    let changing = true;
    const changes = (async () => {
      for (let i = 0; i < 20; i++) await file.revoke((await file.create({ tenant, role: 'read' })).key.keyId);
      changing = false;
    })();
    const statuses = new Set<number>();
    while (changing) statuses.add(await status(other));
    await changes;
    expect(statuses).toEqual(new Set([200]));
  });
});
