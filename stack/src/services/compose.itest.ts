import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureDebianPackage, findProgram } from '../install/debian.ts';
import { completeEnv } from '../install/env-file.ts';
import { inRoot } from '../paths.ts';
import { run, type RunResult } from '../install/run.ts';

const folder = mkdtempSync(join(tmpdir(), 'auditrail-compose-'));
afterAll(() => rmSync(folder, { recursive: true }));

// A plugin of docker, or Debian's separate program.
let command: string[];
beforeAll(async () => {
  const docker = findProgram('docker');
  const plugin = docker !== undefined && (await run(docker, ['compose', 'version'])).code === 0;
  command = plugin ? [docker, 'compose'] : [await ensureDebianPackage('docker-compose', 'docker-compose')];
}, 300_000);

function config(dotEnv: string): Promise<RunResult> {
  const file = join(folder, '.env');
  writeFileSync(file, dotEnv);
  const [program = '', ...args] = command;
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder };
  const all = [...args, '--env-file', file, '-f', inRoot('docker-compose.yml'), 'config'];
  return run(program, all, { cwd: folder, env });
}

it('is valid for Docker Compose, with the secrets that the generator writes', async () => {
  const { text } = completeEnv('');
  const result = await config(text);
  expect(result).toMatchObject({ code: 0 });
  const token = /^AUDITRAIL_READ_TOKEN=(\w+)$/m.exec(text)?.[1] ?? 'none';
  expect(result.output).toContain(token);
  expect(result.output).toContain('service_completed_successfully');
}, 60_000);

it.each([
  'AUDITRAIL_COLLECTOR_TOKEN',
  'AUDITRAIL_COLLECTOR_GRAFANA_TOKEN',
  'AUDITRAIL_WRITE_TOKEN',
  'AUDITRAIL_GRAFANA_TOKEN',
  'AUDITRAIL_READ_TOKEN',
  'AUDITRAIL_KEEPER_TOKEN',
  'AUDITRAIL_INTAKE_TOKEN',
  'GRAFANA_ADMIN_PASSWORD',
])(
  'refuses to start without %s, and reports the remedy',
  async (name) => {
    const { text } = completeEnv('');
    const result = await config(text.replace(new RegExp(`^${name}=.*$`, 'm'), ''));
    expect(result.code).not.toBe(0);
    expect(result.log).toContain('npm run stack -- env');
  },
  60_000,
);
