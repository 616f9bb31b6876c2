import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureBinaries, inRoot, ROOT, testStack, uniqueTenant } from '@auditrail/stack';
import { freePort } from '../stack/src/services/ports.ts';

// Runs the commands of docs/install.md; only host names and folders are replaced by those of this test.
const stack = testStack();
const tenant = uniqueTenant('install');
const folder = mkdtempSync(join(tmpdir(), 'auditrail-install-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const text = readFileSync(inRoot('docs/install.md'), 'utf8');
const steps = [...text.matchAll(/```sh\n(.*?)```/gs)]
  .flatMap(([, block = '']) => block.split('\n'))
  .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
  .filter(Boolean);

const { read, write } = stack.tokensFor(tenant);
const forTest = (line: string) =>
  line
    .replace(/^auditrail /, 'npx auditrail ')
    .replaceAll('http://gateway:8080', stack.urls.gateway)
    .replaceAll('tokens/tokens', join(folder, 'tokens/tokens'))
    .replaceAll('/var/lib/auditrail', join(folder, 'keeper'))
    .replace(/--tenant audit$|(?<=--tenant )audit(?= )/, (found) => found.replace('audit', tenant))
    .replace('1=audit', `1=${tenant}`);

function run(line: string, env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', forTest(line)], {
    ...{ cwd: ROOT, encoding: 'utf8' },
    env: { ...process.env, NODE_OPTIONS: '', ...env },
  });
  return { line, status, stdout, stderr };
}

const used: string[] = [];
const stepsLike = (pattern: RegExp) => {
  const found = steps.filter((step) => pattern.test(step));
  used.push(...found);
  expect(found).not.toEqual([]);
  return found;
};

it('builds the command, which npx finds', () => {
  // A precondition of this test.
  stepsLike(/^npm ci$/);
  for (const step of stepsLike(/^npm run build .*keeper$/)) expect(run(step)).toMatchObject({ status: 0 });
  for (const step of stepsLike(/auditrail --help$/)) expect(run(step).stdout).toContain('Usage: auditrail');
}, 180_000);

it('checks the Loki configuration of the repository', () => {
  for (const step of stepsLike(/doctor --loki-config/)) {
    const { status, stdout } = run(step);
    expect(stdout).toContain('ok   every tenant: kept for 365d');
    expect(status).toBe(0);
  }
}, 60_000);

it('creates a token of each role, and checks a running gateway', () => {
  for (const step of stepsLike(/auditrail token create/)) {
    expect(run(step)).toMatchObject({ status: 0, stdout: expect.stringMatching(/^auditrail_gw_\S+\n$/) });
  }
  for (const step of stepsLike(/doctor --url/)) {
    const done = run(step, { AUDITRAIL_READ_TOKEN: read });
    expect(done).toMatchObject({ status: 0, stdout: expect.stringContaining('ok ') });
  }
}, 60_000);

it('starts the collector with these configurations', async () => {
  const { otelcol } = await ensureBinaries();
  const names = ['COLLECTOR_TOKEN', 'COLLECTOR_GRAFANA_TOKEN', 'INTAKE_TOKEN', 'LOKI_URL', 'KEEPER_URL'];
  const variables = Object.fromEntries(names.map((name) => [`AUDITRAIL_${name}`, 'http://127.0.0.1:1']));
  for (const step of stepsLike(/^otelcol-contrib /)) {
    const command = step.replace('otelcol-contrib', `${otelcol} validate`);
    expect(run(command, { ...variables, AUDITRAIL_QUEUE: join(folder, 'queue') })).toMatchObject({ status: 0 });
  }
}, 60_000);

it('builds the plugin with an existing command', () => {
  // The build has its own test.
  for (const step of stepsLike(/^npm run build -w grafana-plugin$|^cp /)) expect(step).toContain('grafana-plugin');
  expect(JSON.parse(readFileSync(inRoot('grafana-plugin/package.json'), 'utf8'))).toMatchObject({
    scripts: { build: expect.any(String) },
  });
});

it('starts the keeper with these variables', async () => {
  const port = await freePort();
  const exported = stepsLike(/^export /).map((step) => forTest(step).replace('0.0.0.0:8090', `127.0.0.1:${port}`));
  const [serve = ''] = stepsLike(/^auditrail serve$/);
  const secrets = {
    AUDITRAIL_READ_TOKEN: read,
    AUDITRAIL_WRITE_TOKEN: write,
    AUDITRAIL_KEEPER_TOKEN: 'of the gateway',
  };
  const keeper = spawn('sh', ['-c', [...exported, `exec ${forTest(serve)}`].join('\n')], {
    ...{ cwd: ROOT, detached: true },
    env: { ...process.env, NODE_OPTIONS: '', ...secrets },
  });
  let log = '';
  for (const stream of [keeper.stdout, keeper.stderr]) stream.on('data', (chunk: Buffer) => (log += chunk.toString()));
  try {
    const isHealthy = () =>
      fetch(`http://127.0.0.1:${port}/healthz`).then(
        ({ ok }) => ok,
        () => false,
      );
    for (const deadline = Date.now() + 20_000; !(await isHealthy()); await sleep(200)) {
      if (keeper.exitCode !== null || Date.now() > deadline) throw new Error(`the keeper did not start: ${log}`);
    }
  } finally {
    // The process group: npx and its child.
    if (keeper.exitCode === null && keeper.pid !== undefined) {
      process.kill(-keeper.pid, 'SIGTERM');
      await once(keeper, 'exit');
    }
  }
}, 60_000);

it('has no commands without a test', () => expect(steps.filter((step) => !used.includes(step))).toEqual([]));
