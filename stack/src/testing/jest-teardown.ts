import type { ChildProcess } from 'node:child_process';

/** Stops the stack if the global setup started one. */
export default async function teardown(): Promise<void> {
  const child: ChildProcess | undefined = globalThis.auditrailTestStack;
  if (!child) return;
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  if (child.exitCode !== null)
    throw new Error('a part of the test stack crashed during the tests; see its message above');
  child.stdin?.end();
  const code = await ended;
  if (code !== 0) throw new Error(`the test stack ended with exit code ${code}`);
}
