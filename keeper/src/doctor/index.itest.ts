import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LOKI_CONFIG, inRoot, testStack } from '@auditrail/stack';
import { doctor } from './index.ts';

const { urls, tokensFor } = testStack();
const tenant = 'audit';

async function examine(options: Parameters<typeof doctor>[0]): Promise<{ code: number; text: string }> {
  let text = '';
  const code = await doctor(options, (line) => (text += `${line}\n`));
  return { code, text };
}

it('finds no problems in the stack', async () => {
  const lokiConfig = LOKI_CONFIG;
  const overrides = [inRoot('provisioning/loki/overrides.yaml')];
  const { code, text } = await examine({
    lokiConfig,
    overrides,
    url: urls.gateway,
    token: tokensFor(tenant).read,
    tenant,
  });
  expect(text).not.toContain('FAIL');
  expect(text).toContain('tenant audit: kept for 1y');
  expect(text).toContain('POST /loki/api/v1/push through the gateway: 403, refused');
  expect(text).toContain('POST /v1/logs through the gateway: 403, refused');
  expect(text).toContain('the token for another tenant: 403, refused');
  expect(code).toBe(0);
});

it('finds that Loki without its gateway is open to everybody', async () => {
  const { code, text } = await examine({ url: urls.loki, token: tokensFor(tenant).read, tenant });
  expect(code).toBe(1);
  expect(text).toMatch(/FAIL POST \/loki\/api\/v1\/push through the gateway: \d+, which is not a refusal/);
  expect(text).toMatch(/FAIL a wrong token: 200, allowed/);
});

it('reports what is wrong with a token or an address', async () => {
  const wrong = await examine({ url: urls.gateway, token: 'wrong', tenant });
  expect(wrong).toEqual({ code: 1, text: expect.stringContaining('unknown to the gateway or revoked') });
  const ofWriter = await examine({ url: urls.gateway, token: tokensFor(tenant).write, tenant });
  expect(ofWriter).toEqual({ code: 1, text: expect.stringContaining('auditrail token create --for read') });
  const nowhere = await examine({ url: 'http://127.0.0.1:15999', token: 'x', tenant });
  expect(nowhere).toEqual({ code: 1, text: expect.stringContaining('no answer from http://127.0.0.1:15999') });
});

it('finds a running Loki that keeps entries too short', async () => {
  const server = createServer((request, response) => {
    const known = request.headers.authorization === 'Bearer t';
    response.statusCode = request.method === 'POST' ? 403 : known ? 200 : 401;
    const limits = { retention_period: '1y', retention_stream: [{ selector: '{a="b"}', period: '1w', priority: 1 }] };
    response.end(JSON.stringify({ limits }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { code, text } = await examine({ url, token: 't', tenant: 'acme' });
  server.close();
  expect(code).toBe(1);
  expect(text).toContain('FAIL tenant acme, stream {a="b"}: retention of 1w is under 30 days');
});

it('checks the health of components', async () => {
  const healthy = await examine({ health: [`${urls.gateway}/healthz`, `${urls.loki}/ready`], tenant });
  expect(healthy).toEqual({
    code: 0,
    text: `ok   ${urls.gateway}/healthz is healthy\nok   ${urls.loki}/ready is healthy\n`,
  });
  const unhealthy = await examine({ health: [`${urls.loki}/nowhere`, 'http://127.0.0.1:15999/'], tenant });
  expect(unhealthy.code).toBe(1);
  expect(unhealthy.text).toMatch(
    /FAIL .*nowhere answered 404.*see its log\nFAIL no answer from http:\/\/127.0.0.1:15999/,
  );
});

it('needs something to check, and a token for a gateway', async () => {
  await expect(examine({ tenant })).rejects.toThrow('nothing to check');
  await expect(examine({ tenant, url: urls.gateway })).rejects.toThrow('AUDITRAIL_READ_TOKEN');
  await expect(examine({ tenant, url: urls.gateway, token: 'x', every: 'soon' })).rejects.toThrow('--every soon');
});
