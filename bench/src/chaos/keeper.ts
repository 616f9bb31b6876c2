import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { lineHash } from '@auditrail/sdk';
import * as z from 'zod';
import type { TimeRange } from '@auditrail/core/query';
import { inRoot } from '@auditrail/stack';
import { startChild, type Child } from '../child.ts';
import { run } from '../run.ts';
import type { KeeperAddress, KeeperInput } from './keeper-process.ts';

const pageSchema = z.object({ entries: z.array(z.object({ line: z.string() })), next: z.unknown().optional() });
const healthSchema = z.object({ keeper: z.object({ added: z.number() }) });
const PAGE = 5_000;

/** A keeper that is killed, and can lose its state. */
export interface ChaosKeeper {
  /** Kills it (kill -9) and starts it again after `downMs`. */
  crash(downMs: number): Promise<void>;
  /** The hashes of all lines, a page at a time. */
  hashes(range: TimeRange): AsyncGenerator<string[], void>;
  /** Entries that it had missed, and took from Loki. */
  added(): Promise<number>;
  /** Kills it, deletes its folder, runs `auditrail rebuild`, and starts it again. */
  rebuild(): Promise<void>;
  kill(): Promise<void>;
}

/** Starts a keeper in a process of its own. */
export async function startKeeper(input: KeeperInput): Promise<ChaosKeeper> {
  let child: Child;
  let address: KeeperAddress;

  const start = async () => {
    child = startChild(new URL('./keeper-process.ts', import.meta.url), input);
    address = await new Promise<KeeperAddress>((resolve, reject) => {
      child.process.stdout?.once('data', (text: string) => resolve(JSON.parse(text) as KeeperAddress));
      child.ended.then(({ how }) => reject(new Error(`the keeper ended with ${how}`)), reject);
    });
  };
  const kill = async () => {
    child.process.kill('SIGKILL');
    await child.ended;
  };
  const ask = async <T>(path: string, schema: z.ZodType<T>, body?: object): Promise<T> => {
    const response = await fetch(address.url + path, {
      method: body ? 'POST' : 'GET',
      headers: { Authorization: `Bearer ${address.secret}`, 'Content-Type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(`the keeper responded with ${response.status}: ${JSON.stringify(answer)}`);
    return schema.parse(answer);
  };

  await start();
  return {
    kill,
    async crash(downMs) {
      await kill();
      await sleep(downMs);
      await start();
    },
    async *hashes({ start: from, end }) {
      const range = { from: String(from), to: String(end), limit: PAGE };
      for (let after: unknown; ;) {
        const { entries, next } = await ask('/v1/entries', pageSchema, {
          ...range,
          ...(after !== undefined && { after }),
        });
        yield entries.map(({ line }) => lineHash(line));
        if (next === undefined) return;
        after = next;
      }
    },
    added: async () => (await ask('/v1/health/pipeline', healthSchema)).keeper.added,
    async rebuild() {
      await kill();
      const { folder, gateway, readToken, tenant } = input;
      rmSync(folder, { recursive: true });
      const node = [
        '--conditions=@auditrail/source',
        '--disable-warning=ExperimentalWarning',
        inRoot('keeper/src/cli.ts'),
      ];
      const from = ['--url', gateway, '--token', readToken, '--tenant', tenant, '--from', '1d'];
      const problem = await run(process.execPath, [...node, 'rebuild', '--folder', folder, ...from]);
      if (problem) throw new Error(`auditrail rebuild: ${problem}`);
      await start();
    },
  };
}

/** The keeper's lines compared with those that Loki has. */
export interface KeeperComparison {
  /** Receipts without an entry in the keeper. */
  lost: number;
  /** Whether both have the same lines, each once. */
  equal: boolean;
  onlyLoki: number;
  onlyKeeper: number;
}

function countBeyond(all: ReadonlySet<string>, others: ReadonlySet<string>): number {
  let count = 0;
  for (const each of all) if (!others.has(each)) count++;
  return count;
}

/** Compares until both are equal, at most `settleMs`. @param inLoki the hashes of all lines in Loki */
export async function compareKeeper(
  keeper: ChaosKeeper,
  range: TimeRange,
  { inLoki, receipts, settleMs }: { inLoki: ReadonlySet<string>; receipts: Iterable<string>; settleMs: number },
): Promise<KeeperComparison> {
  const expected = [...receipts];
  for (const until = Date.now() + settleMs; ; await sleep(500)) {
    const here = new Set<string>();
    let lines = 0;
    for await (const page of keeper.hashes(range)) {
      for (const hash of page) here.add(hash);
      lines += page.length;
    }
    const onlyLoki = countBeyond(inLoki, here);
    const onlyKeeper = countBeyond(here, inLoki);
    const lost = expected.filter((hash) => !here.has(hash)).length;
    const equal = onlyLoki === 0 && onlyKeeper === 0 && lines === here.size;
    if ((equal && lost === 0) || Date.now() > until) return { lost, equal, onlyLoki, onlyKeeper };
  }
}
