import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { goBuild, requireGo, remaining } from './go-build.ts';
import { elapsed } from '../progress.ts';

const folder = mkdtempSync(join(tmpdir(), 'auditrail-go-'));
const { PATH } = process.env;
afterEach(() => void (process.env['PATH'] = PATH));
afterAll(() => rmSync(folder, { recursive: true }));

// A fake Go of another version, or with a failing build.
function fakeGo(script: string): void {
  const file = join(folder, 'go');
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  process.env['PATH'] = `${folder}:/usr/bin:/bin`;
}

it('reports how to install Go if it is missing', async () => {
  process.env['PATH'] = join(folder, 'empty');
  await expect(requireGo('1.26.5', folder)).rejects.toThrow(
    /"go" was not found or does not run. Install Go 1.26.5 or newer/,
  );
});

it.each(['go1.26.4', 'go1.25.9', 'go1.9', 'go0.99.99'])('refuses %s', async (version) => {
  fakeGo(`echo ${version}`);
  await expect(requireGo('1.26.5', folder)).rejects.toThrow(
    `requires Go 1.26.5, but ${version} is installed. Install Go`,
  );
});

it.each(['go1.26.5', 'go1.27', 'go1.30.1', 'go2.0.0', 'go1.26.8 X:nodwarf5'])('accepts %s', async (version) => {
  fakeGo(`echo '${version}'`);
  await expect(requireGo('1.26.5', folder)).resolves.toBeUndefined();
});

it('shows the end of the log of a build that fails', async () => {
  fakeGo(`[ "$1" = list ] && echo a && exit 0; echo 'x.go:1: undefined: y' >&2; exit 1`);
  const progress = { log: jest.fn(), update: jest.fn() };
  const program = { title: 'Thing 1.0', folder, path: '.', target: join(folder, 'thing') };
  await expect(goBuild(program, progress)).rejects.toThrow(/building Thing 1.0 failed \(exit code 1\).*undefined: y/s);
  expect(progress.log).not.toHaveBeenCalled();
});

it('formats elapsed times for people', () => {
  expect([elapsed(0, 59_400), elapsed(0, 65_000), elapsed(0, 600_000)]).toEqual(['59 s', '1 min 05 s', '10 min 00 s']);
});

it.each([
  [60_000, 0.1, ''],
  [60_000, 0.25, ', about 3 min left'],
  [480_000, 0.99, ', about 1 min left'],
])('estimates the time left of a build after %d ms with share %d: "%s"', (ms, done, text) => {
  expect(remaining(ms, done)).toBe(text);
});
