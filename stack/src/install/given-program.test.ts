import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { givenProgram, type WantedProgram } from './given-program.ts';

const folder = mkdtempSync(join(tmpdir(), 'auditrail-given-'));
const VARIABLE = 'AUDITRAIL_TEST_GIVEN';
const wanted: WantedProgram = { title: 'Loki', names: ['given-loki'], variable: VARIABLE, version: '3.7.8' };
const { PATH } = process.env;
afterEach(() => {
  delete process.env[VARIABLE];
  process.env['PATH'] = PATH;
});
afterAll(() => rmSync(folder, { recursive: true }));

function program(name: string, script: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

test('takes what the variable names, in the right version', async () => {
  process.env[VARIABLE] = program('mine', 'echo "loki, version 3.7.8 (branch: release, revision: abc)"');
  expect(await givenProgram(wanted)).toBe(process.env[VARIABLE]);
});

test.each([
  ['old', 'echo "loki, version 2.9.10"', 'its version is 2.9.10, and 3.7.8 is needed'],
  ['broken', 'exit 3', '"--version" ends with exit code 3'],
])('refuses what the variable names: %s', async (name, script, problem) => {
  const path = program(name, script);
  process.env[VARIABLE] = path;
  await expect(givenProgram(wanted)).rejects.toThrow(
    `${VARIABLE} (${path}) cannot be used as Loki: ${problem}. Unset it to have Loki built.`,
  );
});

test('takes what the variable names, and does not know its version; from the PATH it does not', async () => {
  const path = program(
    'given-loki',
    'printf "loki, version  (branch: , revision: unknown)\\n  go version: go1.26.8\\n"',
  );
  process.env[VARIABLE] = path;
  expect(await givenProgram(wanted)).toBe(path);
  delete process.env[VARIABLE];
  process.env['PATH'] = `${folder}:${PATH}`;
  expect(await givenProgram(wanted)).toBeUndefined();
});

test('names a variable whose program does not exist', async () => {
  process.env[VARIABLE] = join(folder, 'absent');
  await expect(givenProgram(wanted)).rejects.toThrow('absent cannot be started');
});

test('takes one from the PATH only in the right version, with all its parts', async () => {
  expect(await givenProgram(wanted)).toBeUndefined();
  const path = program('given-loki', 'echo "given-loki version v3.7.8" >&2');
  process.env['PATH'] = `${folder}:${PATH}`;
  expect(await givenProgram(wanted)).toBe(path);
  expect(await givenProgram({ ...wanted, version: '3.7.9' })).toBeUndefined();
  expect(await givenProgram({ ...wanted, problem: () => Promise.resolve('it has no parts') })).toBeUndefined();
});
