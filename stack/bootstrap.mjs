#!/usr/bin/env node
// Runs a command of the stack on a fresh clone. Plain JavaScript for any Node version, without dependencies: it installs the
// packages of package-lock.json, then runs stack/src/cli.ts with the project's own Node.
import { spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const mtimeOf = (path) => statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs;

/** Runs a program, passes signals on to it, and resolves with its exit code. */
function run(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit' });
    const pass = (signal) => child.kill(signal);
    for (const signal of SIGNALS) process.on(signal, pass);
    child.on('error', (error) => {
      console.error(`${command} cannot be started: ${error.message}`);
      resolve(127);
    });
    child.on('exit', (code, signal) => {
      for (const each of SIGNALS) process.off(each, pass);
      resolve(code ?? (signal === 'SIGINT' ? 130 : 143));
    });
  });
}

async function install() {
  const installed = mtimeOf('node_modules/.package-lock.json');
  const required = mtimeOf('package-lock.json');
  if (installed !== undefined && required !== undefined && installed >= required) return;
  const reason = installed === undefined ? 'not installed yet' : 'package-lock.json has changed';
  console.log(`Installing the npm packages (${reason}) …`);
  const began = Date.now();
  const code = await run('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error']);
  if (code !== 0) {
    console.error('npm ci failed: see its message above. It needs Node 20 or newer and access to the npm registry.');
    process.exit(code);
  }
  console.log(`Installed in ${Math.round((Date.now() - began) / 1000)} s.`);
}

await install();
const node = join(root, 'node_modules/.bin/node');
process.exitCode = await run(node, [
  '--conditions=@auditrail/source',
  join(root, 'stack/src/cli.ts'),
  ...process.argv.slice(2),
]);
