import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonicalJson, formatTime } from '@auditrail/core';
import type { TrailLine } from '@auditrail/core/loki';
import type { Filter } from '@auditrail/core/query';
import { verifyTrail } from '@auditrail/core/verify';
import { ensureGoProgram, inRoot, pythonWith, testStack, uniqueTenant } from '@auditrail/stack';
import { readTrail, waitForTrail } from '@auditrail/stack/testing';
import { maskTrailLine } from '../grafana-plugin/src/components/PersonalData/mask.ts';

const stack = testStack();
const folder = mkdtempSync(join(tmpdir(), 'any-sdk-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function python(): Promise<[string, ...string[]]> {
  const requirements = readFileSync(inRoot('examples/python/requirements.txt'), 'utf8').trim().split('\n');
  return [await pythonWith(requirements), inRoot('examples/python/main.py')];
}
const go = async (): Promise<[string, ...string[]]> => [await ensureGoProgram(inRoot('examples/go'), ['main.go'])];

describe.each([
  ['Python', python],
  ['Go', go],
])('the SDK of %s', (language, program) => {
  const tenant = uniqueTenant('any-sdk');
  const service = `shop-${language.toLowerCase()}`;
  let login: TrailLine | undefined;
  let change: TrailLine | undefined;

  beforeAll(async () => {
    const [command, ...args] = await program();
    const { status, stderr } = spawnSync(command, args, {
      encoding: 'utf8',
      env: {
        OTEL_SERVICE_NAME: service,
        OTEL_EXPORTER_OTLP_ENDPOINT: stack.urls.gateway,
        OTEL_EXPORTER_OTLP_HEADERS: `Authorization=Bearer%20${stack.tokensFor(tenant).write}`,
      },
    });
    expect([status, stderr]).toEqual([0, '']);
    [change, login] = await waitForTrail(stack, tenant, 2);
  }, 300_000);

  it('sends whole entries in canonical form, each with one time', () => {
    expect(login?.entry).toMatchObject({
      ...{ schema: 2, action: 'user.login', event: 'login', channel: 'user', category: 'user', outcome: 'failure' },
      ...{ description: 'Sign-in failed', error: { message: 'wrong password' }, service },
      ...{ actor: { type: 'user', id: '42', email: 'Ada@Example.com' }, source: { ip: '192.0.2.7' } },
    });
    expect(change?.entry).toMatchObject({
      ...{ action: 'order.updated', event: 'updated', channel: 'order', outcome: 'success' },
      ...{ actor: { type: 'agent', agent: { name: 'helper' }, groups: ['agents'] } },
      ...{ onBehalfOf: [{ type: 'user', email: 'ada@example.com' }], target: { type: 'order', id: '7' } },
      properties: { 'shop.till': 3 },
    });
    for (const { line, ns, entry } of [login, change].filter((each) => each !== undefined)) {
      expect(canonicalJson(JSON.parse(line))).toBe(line);
      expect(entry?.time).toBe(formatTime(ns));
    }
  });

  it.each<[Filter, 'login' | 'change' | 'none']>([
    [{ field: 'email', operator: 'is', values: ['ada@EXAMPLE.com'] }, 'login'],
    [{ field: 'actorId', operator: 'is', values: ['42'] }, 'login'],
    [{ field: 'ip', operator: 'is', values: ['192.0.2.0/24'] }, 'login'],
    [{ field: 'outcome', operator: 'is', values: ['failure'] }, 'login'],
    [{ field: 'targetId', operator: 'is', values: ['7'] }, 'change'],
    [{ field: 'agent', operator: 'is', values: ['helper'] }, 'change'],
    [{ field: 'group', operator: 'is', values: ['agents'] }, 'change'],
    [{ field: 'onBehalfOf', operator: 'is', values: ['ada@example.com'] }, 'change'],
    [{ field: 'properties.shop.till', operator: 'is', values: ['3'] }, 'change'],
    [{ field: 'properties.shop.till', operator: 'is not', values: ['3'] }, 'login'],
    [{ field: 'properties.shop.till', operator: 'is', values: [''] }, 'login'],
    [{ field: 'properties.shop.other', operator: 'is', values: ['3'] }, 'none'],
    [{ field: 'email', operator: 'is', values: ['bo@example.com'] }, 'none'],
  ])('its entries are found by %j: %s', async (filter, which) => {
    const found = await readTrail(stack, tenant, { query: { filters: [filter] } });
    const expected = { login: [login], change: [change], none: [] }[which];
    expect(found.map(({ line }) => line)).toEqual(expected.map((each) => each?.line));
  });

  it('its entries are masked', () => {
    const masked = maskTrailLine(login!);
    expect(masked.line).not.toMatch(/ada@example|192\.0\.2\.7/i);
    expect(maskTrailLine(change!).line).not.toContain('ada@example.com');
  });

  it.each(['csv', 'ndjson', 'cef'])('its entries are in an export as %s', (format) => {
    const { stdout, status } = keeper('export', '--format', format, '--out', '-', '--no-entry');
    const rows = stdout
      .trim()
      .split('\n')
      .slice(format === 'csv' ? 1 : 0);
    expect([status, rows.length]).toEqual([0, 2]);
    expect(stdout).toContain('Sign-in failed');
    if (format === 'ndjson') expect(rows.toSorted()).toEqual([login?.line, change?.line].toSorted());
  });

  it('verification states that its entries are in no chain', async () => {
    const report = await verifyTrail([login!.line, change!.line]);
    expect(report).toMatchObject({ lines: 2, unchained: 2, findings: [] });
    const { stdout, status } = keeper('verify');
    expect(status).toBe(2);
    expect(stdout).toContain(`2 entries of ${service} in no chain`);
    expect(stdout).toContain('no entry is in a chain');
  });

  function keeper(command: string, ...more: string[]) {
    const at = [
      '--url',
      stack.urls.gateway,
      '--token',
      stack.tokensFor(tenant).read,
      '--tenant',
      tenant,
      '--from',
      '1h',
    ];
    const node = ['--conditions=@auditrail/source', '--disable-warning=ExperimentalWarning'];
    const args = [...node, inRoot('keeper/src/cli.ts'), command, ...at, '--to', 'now', ...more];
    return spawnSync(process.execPath, args, { encoding: 'utf8', env: { PATH: process.env['PATH'], HOME: folder } });
  }
});
