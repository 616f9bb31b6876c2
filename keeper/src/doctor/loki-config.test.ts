import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkLokiConfig, expandEnv } from './loki-config.ts';

const folder = mkdtempSync(join(tmpdir(), 'auditrail-doctor-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const refusals = (...args: Parameters<typeof checkLokiConfig>) =>
  checkLokiConfig(...args)
    .filter(({ ok }) => !ok)
    .map(({ what }) => what);

it("refuses the configuration's own retention under 30 days", () => {
  const path = file('short.yaml', 'limits_config: {retention_period: 29d}');
  expect(refusals(path)).toEqual(['every tenant: retention of 29d is under 30 days']);
});

it('refuses a retention that the environment makes too short', () => {
  const path = file('env.yaml', 'limits_config: {retention_period: "${KEEP:-365d}"}');
  expect(refusals(path, { env: {} })).toEqual([]);
  expect(refusals(path, { env: { KEEP: '7d' } })).toHaveLength(1);
});

it('refuses the overrides in the configuration, tenant by tenant', () => {
  const overrides = file(
    'overrides.yaml',
    `overrides:
       a: {retention_period: 744h}
       b: {retention_period: 24h}
       c: {retention_stream: [{selector: '{x="y"}', priority: 1, period: 1w}]}
       d:`,
  );
  const path = file('named.yaml', `runtime_config: {file: ${overrides}}`);
  expect(refusals(path)).toEqual([
    'tenant b: retention of 24h is under 30 days',
    'tenant c, stream {x="y"}: retention of 1w is under 30 days',
  ]);
  expect(refusals(path, { overrides: [file('none.yaml', '')] })).toEqual([]);
});

it('refuses a success status for a blocked tenant', () => {
  const until = "block_ingestion_until: '2099-01-01T00:00:00Z'";
  const overrides = file(
    'blocked.yaml',
    `overrides:
       a: {${until}}
       b: {${until}, block_ingestion_status_code: 503}
       c: {block_ingestion_status_code: 260}
       d: {${until}, block_ingestion_status_code: 200}`,
  );
  const common = (text: string) =>
    file('common.yaml', `runtime_config: {file: ${overrides}}\nlimits_config: {${text}}`);
  const problem = (tenant: string, status: number) =>
    `tenant ${tenant}: ingestion is blocked, and senders are answered with ${status}, a success`;
  expect(refusals(common(''))).toEqual([problem('a', 260), problem('d', 200)]);
  expect(refusals(common('block_ingestion_status_code: 503'))).toEqual([problem('d', 200)]);
});

it("reads the overrides beside the configuration if they are not at Loki's own path", () => {
  const shipped = join(__dirname, '../../../provisioning/loki/loki.yaml');
  const findings = checkLokiConfig(shipped, { env: {} });
  expect(findings.filter(({ ok }) => !ok)).toEqual([]);
  const beside = join(shipped, '../overrides.yaml');
  expect(findings.map(({ what }) => what)).toContain(
    `/etc/loki/overrides.yaml is not on this machine: ${beside} was checked instead`,
  );
});

it('reports that nothing is deleted if no retention is set', () => {
  expect(checkLokiConfig(file('bare.yaml', 'auth_enabled: true'))).toEqual([
    { ok: true, what: 'every tenant: kept forever' },
  ]);
});

it.each([
  ['a missing file', () => join(folder, 'nowhere.yaml'), 'nowhere.yaml cannot be read'],
  [
    'a file of overrides that is missing',
    () => file('m.yaml', 'runtime_config: {file: /nowhere}'),
    '/nowhere cannot be read as a Loki configuration: ENOENT',
  ],
  ['a file that is not YAML', () => file('b.yaml', 'a: [1'), 'b.yaml cannot be read'],
  ['a list', () => file('l.yaml', '- 1'), 'l.yaml cannot be read'],
])('refuses to judge %s', (_, path, message) => expect(() => checkLokiConfig(path())).toThrow(message));

it('expands the environment as Loki does', () => {
  expect(expandEnv('${A} ${B:-b} ${B:b} ${C} ${A:-x} $A', { A: '1', B: '' })).toBe('1 b b  1 $A');
});
