import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Called with each line of standard error. */
  onErrorLine?: (line: string) => void;
  /** Ends the program (SIGTERM) and rejects the promise. */
  signal?: AbortSignal | undefined;
}

/** The result of a program. */
export interface RunResult {
  code: number;
  /** Standard output. */
  output: string;
  /** The last 40 lines of standard error. */
  log: string;
}

const LOG_LINES = 40;

/**
 * Runs a program and waits for its end.
 *
 * @throws Error if it cannot be started; its `cause` is Node's error (`ENOENT` if it is not installed)
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
  /** Discards standard output; standard error is still shown. */
  hideOutput?: boolean;
  /** Ends the program (SIGKILL). */
  signal?: AbortSignal;
}

/** Runs a program, shows its output, and resolves with its exit code. */
export function runVisibly(command: string, args: string[], options: RunVisiblyOptions = {}): Promise<number> {
  const { cwd, hideOutput = false, signal } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      signal,
      killSignal: 'SIGKILL',
      stdio: ['ignore', hideOutput ? 'ignore' : 'inherit', 'inherit'],
    });
    child.on('error', (cause) => {
      if (signal?.aborted) reject(signal.reason as Error);
      else reject(new Error(`${command} cannot be started`, { cause }));
    });
    child.on('exit', (code) => resolve(code ?? 1));
  });
}
