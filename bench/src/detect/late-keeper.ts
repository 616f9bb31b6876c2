import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { inRoot, type RunningStack } from '@auditrail/stack';

/** `auditrail serve` in a process of its own. */
export interface LateKeeper {
  /** Waits until it has logged an event. @throws Error with its log if it ends before, or after 30 seconds */
  logged: (event: string) => Promise<void>;
  kill: () => void;
}

export interface LateKeeperOptions {
  folder: string;
  tenant: string;
  /** The address at which the collector expects the intake, and the token that it sends. */
  intake: { port: number; token: string };
}

const PATIENCE_MS = 30_000;

/** Starts the keeper with the intake and the default settings, and waits until it serves. */
export async function startLateKeeper(
  { urls, tokensFor }: Pick<RunningStack, 'urls' | 'tokensFor'>,
  { folder, tenant, intake }: LateKeeperOptions,
): Promise<LateKeeper> {
  mkdirSync(folder);
  const { read, write } = tokensFor(tenant);
  const node = ['--conditions=@auditrail/source', '--disable-warning=ExperimentalWarning', inRoot('keeper/src/cli.ts')];
  const serve = ['serve', '--listen', '127.0.0.1:0', '--url', urls.gateway, '--token', `${read} ${write}`];
  const taking = ['--intake-listen', `127.0.0.1:${intake.port}`, '--ruler-url', urls.loki];
  const own = { AUDITRAIL_KEEPER_FOLDER: folder, AUDITRAIL_INTAKE_TOKEN: intake.token };
  const keeper = spawn(process.execPath, [...node, ...serve, ...taking], {
    ...{ stdio: ['ignore', 'ignore', 'pipe'], env: { PATH: process.env['PATH'], HOME: folder, ...own } },
  });
  const kill = () => void keeper.kill('SIGKILL');
  process.once('exit', kill);
  let output = '';
  keeper.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  const logged = async (event: string) => {
    for (const end = Date.now() + PATIENCE_MS; !output.includes(`"event":"${event}"`); await sleep(50)) {
      if (keeper.exitCode !== null || Date.now() > end) throw new Error(`the keeper did not log "${event}": ${output}`);
    }
  };
  await logged('serving');
  return { logged, kill };
}
