import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { startStack, type RunningStack } from '@auditrail/stack';
import { postLogs } from '@auditrail/stack/testing';

let stack: RunningStack;
// The first time, Zipkin's server is fetched.
beforeAll(async () => {
  stack = await startStack({ zipkin: true });
}, 300_000);
afterAll(() => stack?.stop(), 60_000);

it('passes a trace on to Zipkin, with the token only', async () => {
  const traceId = randomBytes(16).toString('hex');
  const now = Date.now();
  const span = {
    traceId,
    spanId: randomBytes(8).toString('hex'),
    name: 'POST /login',
    kind: 2,
    startTimeUnixNano: `${now - 20}000000`,
    endTimeUnixNano: `${now}000000`,
  };
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] };
  const body = JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] });
  const post = (token: string, url = stack.urls.collector) =>
    fetch(`${url}/v1/traces`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
      body,
    });
  expect((await post('wrong')).status).toBe(401);
  const { read, grafana, write } = stack.tokensFor('traced');
  for (const token of [read, grafana]) expect((await post(token)).status).toBe(403);
  expect((await post(write)).status).toBe(200);
  // Behind the gateway, too, nothing is taken without a tenant.
  const { collectorUrl, tokens } = stack.behind;
  const direct = await post(tokens.collector, collectorUrl);
  expect([direct.status, await direct.text()]).toEqual([503, expect.stringContaining('X-Scope-OrgID is missing')]);

  let found: unknown;
  for (let i = 0; i < 100; i++) {
    const answer = await fetch(`${stack.urls.zipkin}/api/v2/trace/${traceId}`);
    if (answer.ok) {
      found = await answer.json();
      break;
    }
    await sleep(100);
  }
  expect(found).toEqual([expect.objectContaining({ traceId, name: 'post /login', kind: 'SERVER' })]);
  // Traces beside it change nothing for entries.
  expect((await postLogs(stack.urls.collector, write, '{}')).status).toBe(200);
}, 30_000);
