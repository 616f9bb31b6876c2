// A program for tests that kill it: writes numbered lines into a spool for ever, and says `ack N` when N is safe.
import { appendFileSync, writeSync } from 'node:fs';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { FileSpool } from '../spool/file-spool.ts';
import { openSubSpool } from '../spool/sub-spools.ts';

export interface WriterOptions {
  folder: string;
  /** Take a sub-spool of the folder. */
  shared?: boolean;
  /** Worker threads that each write as well. */
  workers?: number;
  /** Lines of one append. */
  group: number;
  /** Stop writing, but stay, after so many lines. */
  count?: number;
  /** Deliver into this file, too. */
  sink?: string;
}

const options = JSON.parse(isMainThread ? (process.argv[2] ?? '') : String(workerData)) as WriterOptions;
if (isMainThread) {
  for (let i = 0; i < (options.workers ?? 0); i++) {
    new Worker(new URL(import.meta.url), { workerData: process.argv[2] });
  }
}

const say = (text: string) => writeSync(1, `${text}\n`);
const log = { warn: (text: string) => say(`warn ${text}`), error: (text: string) => say(`error ${text}`) };
const { folder, group, count = Infinity, sink } = options;
const spool = options.shared
  ? openSubSpool({ folder, segmentBytes: 2_000, log })
  : FileSpool.open({ folder, segmentBytes: 2_000, log });
say(`open ${spool.folder}`);

let next = Number(spool.lastLine?.split(' ')[0] ?? 0) + 1;
while (next <= count) {
  const lines = Array.from({ length: group }, (_, i) => `${next + i} ${'x'.repeat((next + i) % 90)}`);
  await spool.append(lines);
  next += group;
  say(`ack ${next - 1}`);
  if (sink === undefined || Math.random() < 0.3) continue;
  const batch = await spool.read(600);
  appendFileSync(sink, batch.lines.map((line) => `${line}\n`).join(''));
  await spool.commit(batch);
}
say('done');
setInterval(() => undefined, 1_000);
