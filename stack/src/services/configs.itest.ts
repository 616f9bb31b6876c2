import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBinaries, type Binaries } from '../install/binaries.ts';
import { ensureDebianPackage } from '../install/debian.ts';
import { collectorPart, gatewayPart, LOKI_CONFIG, lokiPart } from './parts.ts';
import { inRoot } from '../paths.ts';
import { run } from '../install/run.ts';

// Each program accepts its configuration, and refuses a broken one.
const dataDir = mkdtempSync(join(tmpdir(), 'auditrail-configs-'));
const context = { dataDir, onCrash: () => undefined };
const internal = { collector: 'c'.repeat(24), collectorGrafana: 'g'.repeat(24), keeper: 'k'.repeat(24) };
const lokiUrl = 'http://127.0.0.1:16999';
let programs: Binaries;

beforeAll(async () => {
  programs = await ensureBinaries();
});
afterAll(() => rmSync(dataDir, { recursive: true }));

const ports = { port: 16_001, grafanaPort: 16_002, healthPort: 16_003, metricsPort: 16_004 };

it('Loki accepts loki.yaml and overrides.yaml', async () => {
  const overrides = inRoot('provisioning/loki/overrides.yaml');
  const settings = { port: 16_005, grpcPort: 16_006, rulesDir: dataDir, overrides, ruleEvery: '1m' };
  const part = lokiPart(context, { program: programs.loki, ...settings });
  expect(await run(part.command, [...part.args, '-verify-config'], { env: part.env })).toMatchObject({ code: 0 });
  const broken = join(dataDir, 'loki.yaml');
  writeFileSync(broken, readFileSync(LOKI_CONFIG, 'utf8').replace('retention_period', 'retention_perriod'));
  const args = ['-config.expand-env=true', `-config.file=${broken}`, '-verify-config'];
  const refused = await run(part.command, args, { env: part.env });
  expect(refused.code).not.toBe(0);
  expect(refused.log).toContain('retention_perriod');
});

it.each([
  ['collector.yaml', {}],
  ['collector.yaml and traces.yaml', { tracesUrl: 'http://127.0.0.1:9411/api/v2/spans' }],
  ['collector.yaml and keeper.yaml', { keeper: { url: 'http://127.0.0.1:8090', token: 'i'.repeat(24) } }],
])('the collector accepts %s', async (_, more) => {
  const settings = { program: programs.otelcol, lokiUrl, internal, ...ports, ...more };
  const part = collectorPart(context, settings);
  expect(await run(part.command, ['validate', ...part.args], { env: part.env })).toMatchObject({ code: 0 });
  const without = { ...part.env };
  delete without['AUDITRAIL_COLLECTOR_TOKEN'];
  const refused = await run(part.command, ['validate', ...part.args], { env: without });
  expect(refused.code).not.toBe(0);
  expect(refused.log).toContain('bearertokenauth/apps');
});

it('nginx accepts the filled template, and refuses it without values', async () => {
  const nginx = await ensureDebianPackage('nginx-light', 'nginx');
  const part = gatewayPart(context, {
    ...{ program: nginx, port: 16_007, authPort: 16_008, tokensFile: join(dataDir, 'tokens'), internal },
    ...{ lokiUrl, collectorUrl: lokiUrl, collectorGrafanaUrl: lokiUrl, keeperUrl: lokiUrl },
  });
  expect(await run(part.command, [...part.args, '-t'])).toMatchObject({ code: 0 });
  const template = inRoot('provisioning/gateway/default.conf.template');
  const file = join(dataDir, 'broken.conf');
  writeFileSync(file, `events {} http { include ${template}; }`);
  const refused = await run(nginx, ['-t', '-p', dataDir, '-e', 'stderr', '-c', file]);
  expect(refused.code).not.toBe(0);
});
