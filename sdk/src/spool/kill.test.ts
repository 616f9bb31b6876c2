import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { seededRandom } from '../../../bench/src/random.ts';
import { FileSpool } from './file-spool.ts';
import { adoptAbandoned, openSubSpool } from './sub-spools.ts';
import type { WriterOptions } from '../testing/spool-writer.ts';

const PROGRAM = fileURLToPath(new URL('../testing/spool-writer.ts', import.meta.url));
// More of them: SPOOL_KILLS=100
const KILLS = Number(process.env.SPOOL_KILLS ?? 12);

let folder: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spool-kill-'));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function startWriter(options: WriterOptions, inside: string[] = []) {
  const [command = '', ...given] = [...inside, process.execPath, '--conditions=@auditrail/source', PROGRAM];
  const child = spawn(command, [...given, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const output: string[] = [];
  const lines = createInterface({ input: child.stdout });
  const ended = Promise.all([once(child, 'exit'), once(lines, 'close')]);
  lines.on('line', (line) => output.push(line));
  return {
    output,
    ofKind: (kind: string) =>
      output.filter((line) => line.startsWith(`${kind} `)).map((line) => line.slice(kind.length + 1)),
    async until(done: () => boolean) {
      while (!done()) {
        if (child.exitCode !== null) throw new Error(`the writer ended: ${output.slice(-5).join('; ')}`);
        await Promise.race([once(lines, 'line'), ended]);
      }
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function readAll(spool: FileSpool): Promise<number[]> {
  const all: string[] = [];
  for (let batch = await spool.read(5_000); batch.lines.length > 0; batch = await spool.read(5_000)) {
    all.push(...batch.lines);
    await spool.commit(batch);
  }
  return all.map((line) => Number(line.split(' ')[0]));
}

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

/** `AUDITRAIL_SEED=7` repeats the pauses of a run that failed; its seed is in the output. */
const SEED = Number(process.env['AUDITRAIL_SEED'] ?? Date.now() % 1_000_000);

test.each([{ sink: false }, { sink: true }])(
  `killed with -9 again and again, no acknowledged line is lost (delivering: $sink, seed ${SEED})`,
  async ({ sink }) => {
    const group = 7;
    const random = seededRandom(SEED);
    const spoolFolder = join(folder, 'spool');
    const delivered = join(folder, 'delivered');
    let acknowledged = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const writer = startWriter({ folder: spoolFolder, group, ...(sink && { sink: delivered }) });
      await writer.until(() => writer.ofKind('ack').length > 0);
      await new Promise((resolve) => setTimeout(resolve, random() * 60));
      await writer.kill();
      acknowledged = Number(writer.ofKind('ack').at(-1));
      expect(writer.output.filter((line) => line.startsWith('error'))).toEqual([]);
    }
    const spool = FileSpool.open({ folder: spoolFolder, log: { warn: () => undefined, error: () => undefined } });
    expect(spool.damaged).toBe(0);
    const sent = existsSync(delivered) ? readFileSync(delivered, 'utf8').trimEnd().split('\n') : [];
    const all = [...sent.map((line) => Number(line.split(' ')[0])), ...(await readAll(spool))];
    const once = [...new Set(all)];
    expect(once).toEqual(upTo(once.length));
    expect(once.length).toBeGreaterThanOrEqual(acknowledged);
    expect(once.length).toBeLessThanOrEqual(acknowledged + group);
    // Without deliveries each exactly once.
    if (!sink) expect(all).toEqual(once);
    await spool.close();
  },
  60_000 + KILLS * 2_000,
);

test('processes and worker threads share one folder; the entries of dead ones are adopted', async () => {
  const shared = { folder, shared: true, group: 5, count: 50 };
  const writers = [startWriter({ ...shared, workers: 2 }), startWriter(shared)];
  await writers[0]?.until(() => writers[0]?.output.filter((line) => line === 'done').length === 3);
  await writers[1]?.until(() => writers[1]?.output.includes('done') === true);
  expect(readdirSync(folder).sort()).toEqual(['0', '1', '2', '3']);
  expect(await adoptAbandoned({ folder })).toBeUndefined();

  await Promise.all(writers.map((writer) => writer.kill()));
  // A new process takes the lowest sub-spool, and then those of the others, with their entries.
  const own = openSubSpool({ folder });
  expect(own.folder).toBe(join(folder, '0'));
  expect(await readAll(own)).toEqual(upTo(50));
  const adopted: string[] = [];
  for (let left = await adoptAbandoned({ folder }); left; left = await adoptAbandoned({ folder })) {
    adopted.push(left.folder);
    expect(await readAll(left)).toEqual(upTo(50));
    await left.close();
  }
  expect(adopted).toEqual(['1', '2', '3'].map((name) => join(folder, name)));
  await own.close();
}, 30_000);

// Like a container, as far as locks are concerned: a pid namespace, in which the writer is process 1.
const CONTAINER = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'];
const [unshare = '', ...flags] = CONTAINER;
const isolated = spawnSync(unshare, [...flags, 'true']).status === 0;

(isolated ? test : test.skip)(
  'containers that share a folder, each as process 1 (needs unshare as root)',
  async () => {
    const options = { folder, shared: true, group: 5, count: 20 };
    const start = async () => {
      const writer = startWriter(options, CONTAINER);
      await writer.until(() => writer.output.includes('done'));
      return writer;
    };
    const first = await start();
    const second = await start();
    const locks = ['0', '1'].map((name) => readFileSync(join(folder, name, 'lock'), 'utf8'));
    expect(locks.map((text) => (JSON.parse(text) as { pid: number }).pid)).toEqual([1, 1]);
    await first.kill();
    await second.kill();

    // From outside, their death is not known at once…
    expect(await adoptAbandoned({ folder })).toBeUndefined();
    // … but after their locks were not touched for a while.
    const before = new Date(Date.now() - 61_000);
    for (const name of ['0', '1']) utimesSync(join(folder, name, 'lock'), before, before);
    const third = await start();
    expect(third.ofKind('open')).toEqual([join(folder, '0')]);
    const left = await adoptAbandoned({ folder });
    expect(left?.folder).toBe(join(folder, '1'));
    expect(left && (await readAll(left))).toEqual(upTo(20));
    await left?.close();
  },
  30_000,
);
