import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export interface PartOptions {
  /** For people: `Loki`. */
  name: string;
  command: string;
  args: string[];
  env: Record<string, string>;
  /** Its output is appended to this file. */
  logFile: string;
  /** Responds with 2xx when the part is ready. */
  readyUrl: string;
  /** Default: 60 s. */
  startTimeoutMs?: number;
  /** Called if the part ends unexpectedly. The message has the end of its log. */
  onCrash: (message: string) => void;
}

/** A program of the stack: a child process that can be stopped and started again with the same data and ports. */
export interface Part {
  readonly name: string;
  readonly pid: number | undefined;
  readonly logFile: string;
  /** Resolves when the part is ready; rejects with the end of its log if it ends early or does not respond. */
  start(): Promise<void>;
  /** Sends SIGTERM, and SIGKILL if the part has not ended after 20 seconds. */
  stop(): Promise<void>;
  /** Sends SIGKILL. Not reported as a crash. */
  kill(): Promise<void>;
}

const STOP_MS = 20_000;
const LOG_BYTES = 8_000;

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

// On Linux the kernel ends the part if this process is killed and cannot do it.
const DIES_WITH_PARENT = process.platform === 'linux' && existsSync('/usr/bin/setpriv');

function logEnd(file: string): string {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return `the end of ${file}:\n${text.slice(-LOG_BYTES).trim() || '(empty)'}`;
}

/** Creates a part; {@link Part.start} starts it. */
export function createPart(options: PartOptions): Part {
  const { name, env, logFile, readyUrl, startTimeoutMs = 60_000, onCrash } = options;
  let child: ChildProcess | undefined;
  let ended: Promise<void> = Promise.resolve();
  let state: 'down' | 'starting' | 'up' | 'stopping' = 'down';

  function launch(): void {
    const log = openSync(logFile, 'a');
    const words = [options.command, ...options.args];
    const [command = '', ...args] = DIES_WITH_PARENT ? ['/usr/bin/setpriv', '--pdeathsig', 'KILL', ...words] : words;
    // Detached, so that Ctrl-C only reaches this process, which then stops its parts in order.
    const started = spawn(command, args, {
      detached: true,
      stdio: ['ignore', log, log],
      env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '/', ...env },
    });
    closeSync(log);
    child = started;
    running.add(started);
    ended = new Promise((resolve) => {
      const end = (how: string) => {
        running.delete(started);
        if (state === 'up') onCrash(`${name} ended unexpectedly (${how}); ${logEnd(logFile)}`);
        state = 'down';
        child = undefined;
        resolve();
      };
      started.once('error', (error) => end(error.message));
      started.once('exit', (code, signal) => end(signal ?? `exit code ${code}`));
    });
  }

  async function untilReady(): Promise<void> {
    const deadline = Date.now() + startTimeoutMs;
    let last = 'no response';
    while (state === 'starting') {
      try {
        const response = await fetch(readyUrl, { signal: AbortSignal.timeout(2_000) });
        last = `${response.status} ${(await response.text()).slice(0, 200)}`;
        if (response.ok) {
          state = 'up';
          return;
        }
      } catch (error) {
        last = String((error as Error).cause ?? error);
      }
      if (Date.now() > deadline) {
        await signal('SIGKILL');
        throw new Error(
          `${name} was not ready after ${startTimeoutMs / 1000} s (${readyUrl}: ${last}); ${logEnd(logFile)}`,
        );
      }
      await sleep(50);
    }
    throw new Error(`${name} ended before it was ready; ${logEnd(logFile)}`);
  }

  async function signal(name: NodeJS.Signals): Promise<void> {
    state = 'stopping';
    child?.kill(name);
    await ended;
    state = 'down';
  }

  return {
    name,
    logFile,
    get pid() {
      return child?.pid;
    },
    async start() {
      if (state !== 'down') throw new Error(`${name} is already running`);
      state = 'starting';
      launch();
      await untilReady();
    },
    async stop() {
      if (!child) return;
      const timer = setTimeout(() => child?.kill('SIGKILL'), STOP_MS);
      await signal('SIGTERM').finally(() => clearTimeout(timer));
    },
    async kill() {
      if (child) await signal('SIGKILL');
    },
  };
}
