// A program for tests that kill it: writes numbered lines to a spool forever, and prints `ack N` when line N is on disk.
import { appendFileSync, writeSync } from 'node:fs';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { FileSpool } from '../spool/file-spool.ts';
import { openSubSpool } from '../spool/sub-spools.ts';

export interface WriterOptions {
  folder: string;
  /** Use a sub-spool of the folder. */
  shared?: boolean;
  /** Number of worker threads that write as well. */
  workers?: number;
  /** Lines per append. */
  group: number;
  /** Stop writing after this many lines, but keep running. */
  count?: number;
  /** Also deliver the lines to this file. */
  sink?: string;
}

const options = JSON.parse(isMainThread ? (process.argv[2] ?? '') : String(workerData)) as WriterOptions;
if (isMainThread) {
  for (let i = 0; i < (options.workers ?? 0); i++) {
    new Worker(new URL(import.meta.url), { workerData: process.argv[2] });
  }
}

const print = (text: string) => writeSync(1, `${text}\n`);
const log = { warn: (text: string) => print(`warn ${text}`), error: (text: string) => print(`error ${text}`) };
const { folder, group, count = Infinity, sink } = options;
const spool = options.shared
  ? openSubSpool({ folder, segmentBytes: 2_000, log })
  : FileSpool.open({ folder, segmentBytes: 2_000, log });
print(`open ${spool.folder}`);

let next = Number(spool.lastLine?.split(' ')[0] ?? 0) + 1;
while (next <= count) {
  const lines = Array.from({ length: group }, (_, i) => `${next + i} ${'x'.repeat((next + i) % 90)}`);
  await spool.append(lines);
  next += group;
  print(`ack ${next - 1}`);
  if (sink === undefined || Math.random() < 0.3) continue;
  const batch = await spool.read(600);
  appendFileSync(sink, batch.lines.map((line) => `${line}\n`).join(''));
  await spool.commit(batch);
}
print('done');
setInterval(() => undefined, 1_000);
