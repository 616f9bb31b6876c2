import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuditLogger } from '@auditrail/sdk';
import { inRoot, startStack, type RunningStack } from '@auditrail/stack';
import { doctor } from '../doctor/index.ts';
import { bearer, keeperLab } from '../serve/testing/keeper-lab.ts';
import { Pipeline, type PipelineFinding } from './index.ts';

type Auth = Record<string, string>;
const REFUSED = 'refused';
const entry = (description: string) =>
  ({ action: 'user.login', channel: 'auth', description, actor: { type: 'system', id: 'x' } }) as const;

let folder: string;
let stack: RunningStack;
let lokiMetrics: string;
let collectorMetrics: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'auditrail-pipeline-'));
  const overrides = join(folder, 'overrides.yaml');
  writeFileSync(overrides, `overrides:\n  ${REFUSED}:\n    max_line_size: 100\n`);
  stack = await startStack({ dataDir: join(folder, 'stack'), overrides });
  ({ collectorMetrics } = stack.urls);
  lokiMetrics = `${stack.urls.loki}/metrics`;
}, 120_000);
afterAll(async () => {
  await stack?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const loggerOf = (tenant: string, endpoint = stack.urls.collector) =>
  createAuditLogger({
    ...{ service: 'pipeline-test', spool: join(folder, `spool-${tenant}`), endpoint, tenant },
    token: stack.tokensFor(tenant).write,
    log: { warn: () => {}, error: () => {} },
  });

async function until<T>(find: () => Promise<T | undefined>): Promise<T> {
  for (const end = Date.now() + 20_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 200))) {
    const found = await find();
    if (found) return found;
  }
  throw new Error('not seen within 20 s');
}

const failing = (findings: PipelineFinding[]) => findings.filter(({ ok }) => !ok);
const silent = () => {};

it('finds no problems in the pipeline, and notices that Loki refuses entries of a tenant', async () => {
  const pipeline = new Pipeline({ collectorMetrics, lokiMetrics, spool: [join(folder, 'spool-fine')] });
  const fine = loggerOf('fine');
  await fine.record(entry('arrives'));
  await fine.flush({ timeoutMs: 20_000 });
  await fine.shutdown();
  expect(failing(await pipeline.look()).filter(({ code }) => code !== 'DISK_FILLS')).toEqual([]);

  const refused = loggerOf(REFUSED);
  await refused.record(entry('too long for this tenant: '.repeat(10)));
  const seen: PipelineFinding[] = [];
  const discard = await until(async () => {
    seen.push(...failing(await pipeline.look()));
    return seen.find(({ code }) => code === 'LOKI_DISCARDS');
  });
  expect(discard).toMatchObject({ tenant: REFUSED, reason: 'line_too_long', event: true });
  // The code depends on whether this sender's entries pass a queue.
  await until(async () => {
    seen.push(...failing(await pipeline.look()));
    return seen.find(({ code }) => ['COLLECTOR_DROPS', 'COLLECTOR_FAILS', 'COLLECTOR_REFUSES'].includes(code));
  });
  await refused.shutdown({ timeoutMs: 100 });
}, 60_000);

it('reports it to the people of that tenant only, through auditrail serve', async () => {
  const lab = await keeperLab();
  try {
    const path = '/v1/health/pipeline';
    const [own, other] = [REFUSED, 'fine'].map((tenant) => bearer(lab.tokenFor(tenant).secret)) as [Auth, Auth];
    expect((await lab.ask(path, own)).body).toEqual({ watched: false, problems: [] });
    await lab.restart({ pipeline: { collectorMetrics, lokiMetrics, everyMs: 300 } });
    await until(async () => (await lab.ask(path, own)).body['checkedAt']);
    const refused = loggerOf(REFUSED);
    await refused.record(entry('too long for this tenant: '.repeat(10)));
    const problems = await until(async () => {
      const found = (await lab.ask(path, own)).body['problems'] as { code: string }[];
      return found.some(({ code }) => code === 'LOKI_DISCARDS') ? found : undefined;
    });
    await refused.shutdown({ timeoutMs: 100 });
    const time = expect.stringMatching(/^20.*Z$/) as string;
    const count = expect.any(Number) as number;
    const problem = { code: 'LOKI_DISCARDS', reason: 'line_too_long', count, since: time, last: time };
    expect(problems).toEqual([problem]);
    expect((await lab.ask(path, other)).body).toEqual({ watched: true, checkedAt: time, problems: [] });
    expect((await lab.ask(path, {})).status).toBe(401);
    expect((await lab.ask(path, own, 'POST')).status).toBe(405);
    expect((await lab.ask(path, await lab.grafanaHeaders())).body['problems']).toEqual([]);
  } finally {
    await lab.close();
  }
}, 60_000);

it('reports refused entries also after a restart of the doctor', async () => {
  let text = '';
  const code = await doctor({ tenant: 'audit', lokiMetrics, collectorMetrics }, (line) => (text += line));
  expect(code).toBe(1);
  expect(text).toMatch(/FAIL Loki, tenant refused: \d+ entr(?:y|ies) refused, since it started: line_too_long: raise/);
  expect(text).toContain(`ok   ${collectorMetrics} serves its metrics`);
});

it('finds undelivered entries in a spool, and dead letters', async () => {
  const audit = loggerOf('nowhere', 'http://127.0.0.1:15999');
  const spool = [join(folder, 'spool-nowhere')];
  await audit.record(entry('waits'));
  const [, waits] = await new Pipeline({ spool }).look();
  // The entry, and the start of its chain.
  expect(waits).toMatchObject({ ok: true, what: `spool ${spool[0]}: 2 undelivered entries` });
  writeFileSync(join(spool[0] ?? '', '0', 'dead-letters.ndjson'), '{"time":"","reason":"x","line":"{}"}\n');
  const later = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 7 * 60_000);
  const found = failing(await new Pipeline({ spool }).look()).filter(({ code }) => code !== 'DISK_FILLS');
  later.mockRestore();
  expect(found.map(({ code, what }) => [code, what])).toEqual([
    ['SPOOL_WAITS', `spool ${spool[0]}: 2 undelivered entries, the oldest for 7 min`],
    ['DEAD_LETTERS', `spool ${spool[0]}: 1 entry refused permanently`],
  ]);
  await audit.shutdown({ timeoutMs: 100 });
});

it('does not mistake another program, or a page, for Loki or the collector', async () => {
  const wrong = new Pipeline({ collectorMetrics: lokiMetrics, lokiMetrics: `${stack.urls.loki}/ready` });
  expect(failing(await wrong.look()).map(({ code, what }) => [code, what])).toEqual([
    ['COLLECTOR_SILENT', expect.stringContaining('its metrics contain no otelcol_process_uptime')],
    ['LOKI_SILENT', expect.stringContaining('no metrics from')],
  ]);
  const missing = join(folder, 'missing');
  const paths = await new Pipeline({ spool: [missing], queue: missing, disk: [folder] }).look();
  expect(paths.map(({ code }) => code)).toEqual(['DISK_FILLS', 'SPOOL_UNREADABLE', 'DISK_FILLS', 'DISK_FILLS']);
});

it('prints problems that begin and end, and ends at the signal', async () => {
  const ending = new AbortController();
  const printed: string[] = [];
  const options = { tenant: 'audit', every: '1s', collectorMetrics, signal: ending.signal };
  const watching = doctor(options, (text) => printed.push(text));
  await until(() => Promise.resolve(printed[0]));
  await stack.collector.stop();
  await until(() => Promise.resolve(printed.find((text) => text.includes(`FAIL no metrics from ${collectorMetrics}`))));
  await stack.collector.start();
  await until(() => Promise.resolve(printed.find((text) => /ok {3}over after \d+ s: no metrics/.test(text))));
  ending.abort();
  await expect(watching).resolves.toEqual(expect.any(Number));
  expect(printed.filter((text) => text.includes('no metrics'))).toHaveLength(2);
  await expect(doctor({ tenant: 'audit', every: 'soon', collectorMetrics }, silent)).rejects.toThrow('--every soon');
}, 60_000);

it('is a command: 2 for wrong use, 0 for no problems, and SIGTERM ends it', async () => {
  const run = (...args: string[]) =>
    spawn(process.execPath, ['--conditions=@auditrail/source', inRoot('keeper/src/cli.ts'), 'doctor', ...args], {
      env: { PATH: process.env['PATH'] },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  expect(await once(run(), 'exit')).toEqual([2, null]);
  expect(await once(run('--every', 'soon', '--collector-metrics', collectorMetrics), 'exit')).toEqual([2, null]);
  const watching = run('--every', '1', '--health', `${stack.urls.loki}/ready`);
  await once(watching.stdout, 'data');
  watching.kill('SIGTERM');
  expect(await once(watching, 'exit')).toEqual([0, null]);
}, 60_000);
