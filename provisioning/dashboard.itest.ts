import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuditLogger } from '@auditrail/sdk';
import { testStack, uniqueTenant } from '@auditrail/stack';
import { z } from 'zod';
import { dashboard } from './dashboard.ts';

const { urls, tokensFor } = testStack();
const tenant = uniqueTenant('dashboard');
const panels = z
  .array(z.object({ title: z.string(), targets: z.array(z.object({ expr: z.string(), queryType: z.string() })) }))
  .parse(dashboard('uid', 'loki')['panels']);
const queries = panels.flatMap(({ title, targets }) => targets.map((target) => ({ title, ...target })));

// Replaces Grafana's variables.
const withVariables = (expr: string) =>
  Object.entries({ $service: '.+', $channel: '.+', $__range: '1h', $__auto: '1m' }).reduce(
    (text, [name, value]) => text.replaceAll(name, value),
    expr,
  );

const read = async (path: string, params: Record<string, string>): Promise<unknown> => {
  const response = await fetch(`${urls.gateway}/loki/api/v1/${path}?${new URLSearchParams(params)}`, {
    headers: { Authorization: `Bearer ${tokensFor(tenant).read}`, 'X-Scope-OrgID': tenant },
  });
  const body = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${body}`);
  return JSON.parse(body);
};

beforeAll(async () => {
  const spool = await mkdtemp(join(tmpdir(), 'auditrail-dashboard-'));
  const audit = createAuditLogger({
    service: 'shop',
    tenant,
    endpoint: urls.collector,
    token: tokensFor(tenant).write,
    spool,
  });
  await audit.record({
    action: 'user.login',
    channel: 'auth',
    description: 'Ada could not sign in',
    actor: { type: 'user', email: 'ada@example.com' },
    source: { ip: '192.0.2.1' },
    error: { message: 'wrong password' },
  });
  await audit.shutdown();
  await rm(spool, { recursive: true });
});

describe('the dashboard, through the gateway', () => {
  it.each(queries)('shows data in "$title"', async ({ expr, queryType }) => {
    const query = withVariables(expr);
    expect(query).not.toContain('$');
    const path = queryType === 'instant' ? 'query' : 'query_range';
    const schema = z.object({ data: z.object({ result: z.array(z.unknown()) }) });
    for (const end = Date.now() + 5_000; ; await new Promise((resolve) => setTimeout(resolve, 200))) {
      const { data } = schema.parse(await read(path, { query }));
      if (data.result.length > 0) return;
      if (Date.now() > end) throw new Error(`no data for ${query}`);
    }
  });
});
