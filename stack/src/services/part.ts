import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export interface PartOptions {
  /** For people: `Loki`. */
  name: string;
  command: string;
  args: string[];
  env: Record<string, string>;
  /** What it writes goes to the end of this file. */
  logFile: string;
  /** Answers 2xx as soon as the part is ready. */
  readyUrl: string;
  startTimeoutMs?: number;
  /** Told when the part ends unasked; the message holds the end of its log. */
  onCrash: (message: string) => void;
}

/** One program of the stack: a child process that can be killed and started again with the same data and ports. */
export interface Part {
  readonly name: string;
  readonly pid: number | undefined;
  readonly logFile: string;
  /** Resolves when the part is ready; rejects with the end of its log where it ends or stays silent. */
  start(): Promise<void>;
  /** Asks it to end (SIGTERM), and ends it (SIGKILL) where it has not after 20 seconds. */
  stop(): Promise<void>;
  /** Ends it at once (SIGKILL), as a crash would; not reported as one. */
  kill(): Promise<void>;
}

const STOP_MS = 20_000;
const LOG_BYTES = 8_000;

const living = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of living) child.kill('SIGKILL');
});

// On Linux the kernel ends a part whose parent was killed outright, when no code of ours can run any more.
const DIES_WITH_PARENT = process.platform === 'linux' && existsSync('/usr/bin/setpriv');

function logEnd(file: string): string {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return `the end of ${file}:\n${text.slice(-LOG_BYTES).trim() || '(empty)'}`;
}

/** Describes a part; {@link Part.start} starts it. */
export function createPart(options: PartOptions): Part {
  const { name, env, logFile, readyUrl, startTimeoutMs = 60_000, onCrash } = options;
  let child: ChildProcess | undefined;
  let ended: Promise<void> = Promise.resolve();
  let state: 'down' | 'starting' | 'up' | 'stopping' = 'down';

  function launch(): void {
    const log = openSync(logFile, 'a');
    const whole = [options.command, ...options.args];
    const [command = '', ...args] = DIES_WITH_PARENT ? ['/usr/bin/setpriv', '--pdeathsig', 'KILL', ...whole] : whole;
    // A session of its own: Ctrl-C on the terminal reaches this process only, which then stops its parts in order.
    const started = spawn(command, args, {
      detached: true,
      stdio: ['ignore', log, log],
      env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '/', ...env },
    });
    closeSync(log);
    child = started;
    living.add(started);
    ended = new Promise((resolve) => {
      const end = (how: string) => {
        living.delete(started);
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
    let last = 'no answer';
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
      if (state !== 'down') throw new Error(`${name} runs already`);
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
