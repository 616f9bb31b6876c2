import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'auditrail-bin-'));
const bin = join(folder, 'bin', 'auditrail.js');
beforeAll(() => {
  mkdirSync(join(folder, 'dist'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  cpSync(join(__dirname, '../bin'), join(folder, 'bin'), { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true }));

function run(version = process.versions.node) {
  const setup = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } });`;
  const args = ['--import', `data:text/javascript,${encodeURIComponent(setup)}`, bin, '--help'];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return { status, stdout, stderr };
}

it.each(['18.20.4', '20.19.0', '22.14.0'])('reports the required version on Node %s', (version) => {
  expect(run(version)).toMatchObject({ status: 2, stderr: expect.stringContaining('Node 22.15 or newer is needed') });
});

it('reports how to build a missing build, and runs an existing one', () => {
  expect(run()).toMatchObject({ status: 2, stderr: expect.stringContaining('npm run build') });
  writeFileSync(join(folder, 'dist', 'cli.js'), 'console.log("the command", process.argv[2])');
  expect(run('22.15.0')).toEqual({ status: 0, stdout: 'the command --help\n', stderr: '' });
  expect(run('24.0.0').status).toBe(0);
});
