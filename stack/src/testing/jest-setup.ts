import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { join } from 'node:path';

declare global {
  var auditrailTestStack: ChildProcess | undefined;
}

/**
 * Jest's global setup for integration tests: starts one stack for the whole run, in a separate process that ends with this
 * one because its standard input closes. If AUDITRAIL_TEST_STACK names a running stack, that one is used instead.
 */
export default async function setup(config: { rootDir: string }): Promise<void> {
  if (process.env['AUDITRAIL_TEST_STACK']) return;
  const cli = join(config.rootDir, 'stack/src/cli.ts');
  const child = spawn(process.execPath, ['--conditions=@auditrail/source', cli, 'up', '--json'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  globalThis.auditrailTestStack = child;
  process.env['AUDITRAIL_TEST_STACK'] = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve);
    child.once('error', reject);
    child.once('exit', (code) =>
      reject(new Error(`the test stack ended with exit code ${code}; see its message above`)),
    );
  });
}
