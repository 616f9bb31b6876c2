import { AuditError } from '@auditrail/core';
import type { Chain, ChainTip } from './chain.ts';
import type { Spool } from '../spool/spool.ts';

interface Waiting {
  line: string;
  /** The end of the chain with this line. */
  tip: ChainTip;
  resolve: (position: number) => void;
  reject: (error: unknown) => void;
}

const SMALL_GROUP = 64;

// Half of the waiting lines: while they are synced, the callers of the group before can make their next entries. With all at
// once, the disk would wait for the processor and the processor for the disk, in turn.
function groupSize(waiting: number): number {
  return Math.max(SMALL_GROUP, Math.ceil(waiting / 2));
}

/**
 * Writes lines into the spool in groups: lines that arrive while a group is being synced form the next group, so that all
 * callers of a group share one fsync.
 *
 * Lines arrive already linked into the chain. If a group cannot be stored, the lines behind it are refused too, because they
 * link to lines that do not exist, and the chain returns to the last stored line.
 */
export class GroupWriter {
  readonly #spool: Spool;
  readonly #chain: Chain;
  readonly #written: (count: number) => number;
  #waiting: Waiting[] = [];
  #stored: ChainTip;
  #running: Promise<void> | undefined;
  #atExit: ((lines: string[]) => void) | undefined;

  /** @param written called with the number of lines that were stored; returns the position of the first among all lines */
  constructor(spool: Spool, chain: Chain, written: (count: number) => number) {
    this.#spool = spool;
    this.#chain = chain;
    this.#stored = chain.tip;
    this.#written = written;
  }

  /** Resolves once the line is on disk, with its position in the order of the spool. */
  write(line: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ line, tip: this.#chain.tip, resolve, reject });
      if (this.#atExit) this.#atExit(this.#takeLines());
      else this.#running ??= this.#run();
    });
  }

  /** The process ends: calls `save` with the waiting lines now, and with each further line at once. Their promises stay open. */
  saveAtExit(save: (lines: string[]) => void): void {
    this.#atExit = save;
    save(this.#takeLines());
  }

  #takeLines(): string[] {
    return this.#waiting.splice(0).map(({ line }) => line);
  }

  /** Resolves when nothing is being written; never rejects, because the promises of `write` do. */
  async settled(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    // Lines of the same turn of the event loop go together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0, groupSize(this.#waiting.length));
      try {
        await this.#spool.append(group.map(({ line }) => line));
        this.#stored = group.at(-1)?.tip ?? this.#stored;
        const first = this.#written(group.length);
        group.forEach(({ resolve }, i) => resolve(first + i));
      } catch (error) {
        const behind = this.#waiting;
        this.#waiting = [];
        this.#chain.rewind(this.#stored);
        for (const { reject } of group) reject(error);
        for (const { reject } of behind) {
          reject(new AuditError('SPOOL_UNAVAILABLE', 'an entry before this one could not be stored', { cause: error }));
        }
      }
    }
    this.#running = undefined;
  }
}
