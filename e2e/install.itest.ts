import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inRoot, ROOT, testStack, uniqueTenant } from '@auditrail/stack';
import { freePort } from '../stack/src/services/ports.ts';

// docs/install.md, followed to the letter: only names of machines and folders are replaced by those of this test.
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
const here = (line: string) =>
  line
    .replace(/^auditrail /, 'npx auditrail ')
    .replaceAll('http://gateway:8080', stack.urls.gateway)
    .replaceAll('tokens/tokens', join(folder, 'tokens/tokens'))
    .replaceAll('/var/lib/auditrail', join(folder, 'keeper'))
    .replace(/--tenant audit$|(?<=--tenant )audit(?= )/, (found) => found.replace('audit', tenant))
    .replace('1=audit', `1=${tenant}`);

function run(line: string, env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', here(line)], {
    ...{ cwd: ROOT, encoding: 'utf8' },
    env: { ...process.env, NODE_OPTIONS: '', ...env },
  });
  return { line, status, stdout, stderr };
}

const taken: string[] = [];
const take = (pattern: RegExp) => {
  const found = steps.filter((step) => pattern.test(step));
  taken.push(...found);
  expect(found).not.toEqual([]);
  return found;
};

it('builds the command, which npx finds', () => {
  // Whoever runs this test has done it.
  take(/^npm ci$/);
  for (const step of take(/^npm run build .*keeper$/)) expect(run(step)).toMatchObject({ status: 0 });
  for (const step of take(/auditrail --help$/)) expect(run(step).stdout).toContain('Usage: auditrail');
}, 180_000);

it('checks the configuration of Loki that is shipped', () => {
  for (const step of take(/doctor --loki-config/)) {
    const { status, stdout } = run(step);
    expect(stdout).toContain('ok   every tenant: kept for 365d');
    expect(status).toBe(0);
  }
}, 60_000);

it('makes a token of each role, and a running gateway is found well', () => {
  for (const step of take(/auditrail token create/)) {
    expect(run(step)).toMatchObject({ status: 0, stdout: expect.stringMatching(/^auditrail_gw_\S+\n$/) });
  }
  for (const step of take(/doctor --url/)) {
    const done = run(step, { AUDITRAIL_READ_TOKEN: read });
    expect(done).toMatchObject({ status: 0, stdout: expect.stringContaining('ok ') });
  }
}, 60_000);

it('builds the plugin by a command that there is, into a folder that there is then', () => {
  // The build itself is a test of its own.
  for (const step of take(/^npm run build -w grafana-plugin$|^cp /)) expect(step).toContain('grafana-plugin');
  expect(JSON.parse(readFileSync(inRoot('grafana-plugin/package.json'), 'utf8'))).toMatchObject({
    scripts: { build: expect.any(String) },
  });
});

it('starts the keeper with these variables', async () => {
  const port = await freePort();
  const exported = take(/^export /).map((step) => here(step).replace('0.0.0.0:8090', `127.0.0.1:${port}`));
  const [serve = ''] = take(/^auditrail serve$/);
  const secrets = {
    AUDITRAIL_READ_TOKEN: read,
    AUDITRAIL_WRITE_TOKEN: write,
    AUDITRAIL_KEEPER_TOKEN: 'of the gateway',
  };
  const keeper = spawn('sh', ['-c', [...exported, `exec ${here(serve)}`].join('\n')], {
    ...{ cwd: ROOT, detached: true },
    env: { ...process.env, NODE_OPTIONS: '', ...secrets },
  });
  let log = '';
  for (const stream of [keeper.stdout, keeper.stderr]) stream.on('data', (chunk: Buffer) => (log += chunk.toString()));
  try {
    const isWell = () =>
      fetch(`http://127.0.0.1:${port}/healthz`).then(
        ({ ok }) => ok,
        () => false,
      );
    for (const deadline = Date.now() + 20_000; !(await isWell()); await sleep(200)) {
      if (keeper.exitCode !== null || Date.now() > deadline) throw new Error(`the keeper does not answer: ${log}`);
    }
  } finally {
    // npx and what it started.
    if (keeper.exitCode === null && keeper.pid !== undefined) {
      process.kill(-keeper.pid, 'SIGTERM');
      await once(keeper, 'exit');
    }
  }
}, 60_000);

it('was followed whole', () => expect(steps.filter((step) => !taken.includes(step))).toEqual([]));
