import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A child process, whose resources can be measured and which can be killed. */
export interface Child {
  process: ChildProcess;
  /** Standard output, and how it ended: an exit code, or the signal that killed it. */
  ended: Promise<{ how: number | NodeJS.Signals; output: string }>;
}

/** Starts a program with one JSON value as its argument; see {@link childInput}. */
export function startChild(program: URL, input: unknown, nodeArgs: readonly string[] = []): Child {
  const args = ['--conditions=@auditrail/source', ...nodeArgs, fileURLToPath(program), JSON.stringify(input)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  running.add(child);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const ended = new Promise<{ how: number | NodeJS.Signals; output: string }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      running.delete(child);
      resolve({ how: signal ?? code ?? 1, output });
    });
  });
  return { process: child, ended };
}

/**
 * Runs a program and returns the JSON value of its last line.
 *
 * @throws Error if it does not end with exit code 0
 */
export async function runChild<T>(program: URL, input: unknown, nodeArgs?: readonly string[]): Promise<T> {
  const { how, output } = await startChild(program, input, nodeArgs).ended;
  const last = output.trim().split('\n').at(-1) ?? '';
  if (how !== 0) throw new Error(`${fileURLToPath(program)} ended with ${how}: ${last}`);
  return JSON.parse(last) as T;
}

/** In a child process: the input of {@link startChild}. */
export function childInput<T>(): T {
  return JSON.parse(process.argv[2] ?? 'null') as T;
}
