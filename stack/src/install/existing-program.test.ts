import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findExistingProgram, type RequiredProgram } from './existing-program.ts';

const folder = mkdtempSync(join(tmpdir(), 'auditrail-existing-'));
const VARIABLE = 'AUDITRAIL_TEST_EXISTING';
const required: RequiredProgram = { title: 'Loki', names: ['existing-loki'], variable: VARIABLE, version: '3.7.8' };
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

test('uses the program of the variable if its version is right', async () => {
  process.env[VARIABLE] = program('mine', 'echo "loki, version 3.7.8 (branch: release, revision: abc)"');
  expect(await findExistingProgram(required)).toBe(process.env[VARIABLE]);
});

test.each([
  ['old', 'echo "loki, version 2.9.10"', 'its version is 2.9.10, but 3.7.8 is required'],
  ['broken', 'exit 3', '"--version" ended with exit code 3'],
])('refuses the program of the variable: %s', async (name, script, problem) => {
  const path = program(name, script);
  process.env[VARIABLE] = path;
  await expect(findExistingProgram(required)).rejects.toThrow(
    `${VARIABLE} (${path}) cannot be used as Loki: ${problem}. Unset it to build Loki.`,
  );
});

test('uses a program without a version if the variable names it, but not from the PATH', async () => {
  const path = program(
    'existing-loki',
    'printf "loki, version  (branch: , revision: unknown)\\n  go version: go1.26.8\\n"',
  );
  process.env[VARIABLE] = path;
  expect(await findExistingProgram(required)).toBe(path);
  delete process.env[VARIABLE];
  process.env['PATH'] = `${folder}:${PATH}`;
  expect(await findExistingProgram(required)).toBeUndefined();
});

test('reports a variable whose program does not exist', async () => {
  process.env[VARIABLE] = join(folder, 'absent');
  await expect(findExistingProgram(required)).rejects.toThrow('absent cannot be started');
});

test('uses a program from the PATH only with the right version and all components', async () => {
  expect(await findExistingProgram(required)).toBeUndefined();
  const path = program('existing-loki', 'echo "existing-loki version v3.7.8" >&2');
  process.env['PATH'] = `${folder}:${PATH}`;
  expect(await findExistingProgram(required)).toBe(path);
  expect(await findExistingProgram({ ...required, version: '3.7.9' })).toBeUndefined();
  expect(
    await findExistingProgram({ ...required, problem: () => Promise.resolve('components are missing') }),
  ).toBeUndefined();
});
