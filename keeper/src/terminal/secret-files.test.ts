import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { addSecretFiles } from './secret-files.ts';

let folder: string;
let warned: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'secret-files-'));
  warned = [];
  jest.spyOn(console, 'error').mockImplementation((text: string) => warned.push(text));
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

function run(...args: string[]): Record<string, unknown> {
  let given: Record<string, unknown> = {};
  const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  program
    .command('serve')
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .addOption(new Option('--token <token>', 'of the reader').env('A_TOKEN').makeOptionMandatory())
    .action((options: Record<string, unknown>) => {
      given = options;
    });
  addSecretFiles(program);
  program.parse(['serve', ...args], { from: 'user' });
  return given;
}

test('a token comes from a file, without the line break at its end, and without a warning', () => {
  const path = join(folder, 'token');
  writeFileSync(path, 'secret\n');
  expect(run('--token-file', path)).toMatchObject({ token: 'secret' });
  expect(warned).toEqual([]);
});

test('a token on the command line causes a warning without the token', () => {
  expect(run('--token', 'secret')).toMatchObject({ token: 'secret' });
  expect(warned).toEqual([
    expect.stringMatching(/every user of this machine: use --token-file or the variable A_TOKEN/),
  ]);
  expect(warned.join()).not.toContain('secret');
});

test('a file that is missing or empty is wrong use', () => {
  const empty = join(folder, 'empty');
  writeFileSync(empty, '\n');
  expect(() => run('--token-file', empty)).toThrow(/is empty/);
  expect(() => run('--token-file', join(folder, 'none'))).toThrow(/cannot be read/);
});
