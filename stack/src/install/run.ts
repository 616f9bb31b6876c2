import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Sees every line of standard error as it comes. */
  onErrorLine?: (line: string) => void;
  /** Ends the program (SIGTERM); the promise is rejected. */
  signal?: AbortSignal | undefined;
}

/** How a program ended; `log` is the end of what it wrote to standard error. */
export interface RunResult {
  code: number;
  output: string;
  log: string;
}

const LOG_LINES = 40;

/**
 * Runs a program to its end.
 *
 * @throws Error where it cannot be started at all; `cause` is Node's (`ENOENT` where it is not installed).
 */
export function run(command: string, args: string[], options: RunOptions = {}): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const { cwd, env = process.env, onErrorLine, signal } = options;
    const child = spawn(command, args, { cwd, env, signal, stdio: ['ignore', 'pipe', 'pipe'] });
    const lines: string[] = [];
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    createInterface({ input: child.stderr }).on('line', (line) => {
      lines.push(line);
      if (lines.length > LOG_LINES) lines.shift();
      onErrorLine?.(line);
    });
    child.on('error', (cause) => reject(new Error(`${command} cannot be started`, { cause })));
    child.on('close', (code) => resolve({ code: code ?? 1, output, log: lines.join('\n') }));
  });
}

export interface RunVisiblyOptions {
  cwd?: string;
  /** Standard output is thrown away; standard error is shown. */
  hideOutput?: boolean;
  /** Ends the program (SIGKILL). */
  signal?: AbortSignal;
}

/** Runs a program whose output people shall see, and resolves with its exit code. */
export function runVisibly(command: string, args: string[], options: RunVisiblyOptions = {}): Promise<number> {
  const { cwd, hideOutput = false, signal } = options;
  return new Promise((resolve, reject) => {
    const ending = { signal, killSignal: 'SIGKILL' } as const;
    const child = spawn(command, args, {
      cwd,
      ...ending,
      stdio: ['ignore', hideOutput ? 'ignore' : 'inherit', 'inherit'],
    });
    child.on('error', (cause) => {
      if (signal?.aborted) reject(signal.reason as Error);
      else reject(new Error(`${command} cannot be started`, { cause }));
    });
    child.on('exit', (code) => resolve(code ?? 1));
  });
}
