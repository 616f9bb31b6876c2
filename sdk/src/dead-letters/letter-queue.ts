import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { AuditError } from '@auditrail/core';
import { DEAD_LETTERS_FILE, readDeadLetters, type DeadLetter } from '../delivery/dead-letter-file.ts';
import { isErrno } from '../spool/errno.ts';
import { SpoolCursor } from '../spool/cursor.ts';
import { lockSpool, type SpoolLock } from '../spool/lock.ts';
import { CURSOR_FILE } from '../spool/segments.ts';
import type { Spool, SpoolBatch, SpoolMark, SpoolPosition } from '../spool/spool.ts';

/** A letter, and the position behind it: the number of its file, and how many letters of that file end there. */
interface QueuedLetter extends DeadLetter {
  behind: SpoolPosition;
}

const homeOf = (folder: string) => join(folder, 'dead-letters');
const pathOf = (home: string, id: number) => join(home, `${id}.ndjson`);

function idsIn(home: string): number[] {
  try {
    return readdirSync(home)
      .flatMap((name) => /^(\d+)\.ndjson$/.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

// Without a readable cursor, from the beginning: letters are sent again, with the same ids.
function settledIn(home: string): SpoolPosition {
  const saved = new SpoolCursor(join(home, CURSOR_FILE)).load();
  return saved === undefined || saved === 'damaged' ? { segment: 0, offset: 0 } : saved;
}

async function* lettersBehind({ segment, offset }: SpoolPosition, home: string): AsyncGenerator<QueuedLetter, void> {
  for (const id of idsIn(home)) {
    let count = 0;
    for await (const letter of readDeadLetters(pathOf(home, id))) {
      count += 1;
      if (id > segment || (id === segment && count > offset)) {
        yield { ...letter, behind: { segment: id, offset: count } };
      }
    }
  }
}

/** The dead letters in the folder of one spool: first those that an interrupted run did not send. */
export async function* lettersIn(folder: string): AsyncGenerator<DeadLetter, void> {
  const home = homeOf(folder);
  yield* lettersBehind(settledIn(home), home);
  yield* readDeadLetters(join(folder, DEAD_LETTERS_FILE));
}

/** Whether there may be dead letters, without reading them. */
export function hasLetters(folder: string): boolean {
  return existsSync(join(folder, DEAD_LETTERS_FILE)) || idsIn(homeOf(folder)).length > 0;
}

function lockHome(home: string): SpoolLock {
  try {
    return lockSpool(home);
  } catch (cause) {
    if (!(cause instanceof AuditError) || cause.code !== 'SPOOL_LOCKED') throw cause;
    throw new AuditError('SPOOL_LOCKED', `another run is sending the dead letters in ${home}`, { cause });
  }
}

/**
 * The dead letters of one spool on their way to the sender. Opening moves `dead-letters.ndjson` away, so that a running
 * application begins a new one, which also receives the letters that are refused again. After a crash, the next run continues
 * after the last settled letter.
 */
export class LetterQueue implements Pick<Spool, 'pending' | 'read' | 'commit' | 'close'> {
  /** The spool's folder: letters that are refused again go to `dead-letters.ndjson` in it. */
  readonly folder: string;
  readonly #home: string;
  readonly #lock: SpoolLock;
  readonly #cursor: SpoolCursor;
  readonly #letters: AsyncGenerator<QueuedLetter, void>;
  #pending: number;
  #batch: QueuedLetter[] = [];
  #settled = 0;

  private constructor(folder: string, lock: SpoolLock, letters: AsyncGenerator<QueuedLetter, void>, pending: number) {
    const home = homeOf(folder);
    this.folder = folder;
    this.#home = home;
    this.#lock = lock;
    this.#cursor = new SpoolCursor(join(home, CURSOR_FILE));
    this.#letters = letters;
    this.#pending = pending;
  }

  /** @throws AuditError `SPOOL_LOCKED` if another run has it open, `SPOOL_UNAVAILABLE` */
  static async open(folder: string): Promise<LetterQueue> {
    const home = homeOf(folder);
    const lock = lockHome(home);
    try {
      const settled = settledIn(home);
      const id = Math.max(settled.segment, ...idsIn(home)) + 1;
      try {
        renameSync(join(folder, DEAD_LETTERS_FILE), pathOf(home, id));
      } catch (error) {
        if (!isErrno(error, 'ENOENT')) throw error;
      }
      let pending = 0;
      const counted = lettersBehind(settled, home);
      while (!(await counted.next()).done) pending += 1;
      return new LetterQueue(folder, lock, lettersBehind(settled, home), pending);
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  get pending(): number {
    return this.#pending;
  }

  async read(maxBytes: number): Promise<SpoolBatch> {
    // The same batch again, until it is committed.
    let bytes = this.#batch.length > 0 ? maxBytes : 0;
    while (bytes < maxBytes && this.#batch.length < this.#pending) {
      const next = await this.#letters.next();
      if (next.done) break;
      this.#batch.push(next.value);
      bytes += Buffer.byteLength(next.value.line);
    }
    const end = this.#batch.at(-1)?.behind ?? { segment: 0, offset: 0 };
    const lines = this.#batch.map(({ line }) => line);
    return { lines, count: lines.length, start: end, end };
  }

  /** That many of the letters read last were accepted, or refused again: a restart continues after them. */
  async settled(count: number): Promise<void> {
    this.#settled += count;
    const last = this.#batch[this.#settled - 1];
    if (last) await this.#cursor.save(last.behind);
  }

  commit({ count }: SpoolMark): Promise<void> {
    this.#batch = [];
    this.#settled = 0;
    this.#pending -= count;
    return Promise.resolve();
  }

  async close(): Promise<void> {
    try {
      await this.#letters.return();
      await this.#cursor.close();
      if (this.#pending === 0 && this.#lock.isOurs) {
        for (const id of idsIn(this.#home)) rmSync(pathOf(this.#home, id));
      }
    } finally {
      this.#lock.release();
    }
  }
}
