import { completeEntry, type AuditEntry, type AuditEntryInput } from '@auditrail/core';
import type { SpoolDelivery } from '../delivery/spool-delivery.ts';
import { oneLine, type OperatorLog } from '../log.ts';
import { fitEntry } from '../prepare/fit-entry.ts';
import type { FileSpool } from '../spool/file-spool.ts';
import { atExit } from './at-exit.ts';
import { Chain, type ChainTip } from './chain.ts';
import { GroupWriter } from './group-writer.ts';
import type { Digest } from './integrity.ts';
import type { Receipt } from './receipt.ts';
import { newRecordId } from './record-id.ts';

export type EntryStamp = Pick<AuditEntry, 'id' | 'time' | 'service'>;

/** One chain and the sub-spool that stores it. */
export class SpoolChain {
  readonly spool: FileSpool;
  readonly delivery: SpoolDelivery;
  /** The last line of the process that used the sub-spool before. */
  readonly predecessorLine: string | undefined;
  readonly #chain: Chain;
  readonly #digest: Digest;
  readonly #writer: GroupWriter;
  readonly #cancelAtExit: () => void;

  constructor(spool: FileSpool, delivery: SpoolDelivery, digest: Digest, log: OperatorLog) {
    this.spool = spool;
    this.delivery = delivery;
    this.predecessorLine = spool.lastLine;
    this.#digest = digest;
    this.#chain = new Chain(newRecordId(), digest.keyId);
    this.#writer = new GroupWriter(spool, this.#chain, (count) => delivery.appended(count));
    this.#cancelAtExit = atExit(() => this.#writer.saveAtExit((lines) => this.#saveAtExit(lines, log)));
  }

  get stream(): string {
    return this.#chain.stream;
  }

  get tip(): ChainTip {
    return this.#chain.tip;
  }

  /**
   * Links an entry into the chain and queues it for the disk in one synchronous step, so that lines reach the spool in the
   * order of their numbers.
   *
   * @returns with a promise of the line's position in the spool, which rejects if the line cannot be stored; the chain is then
   *   back at the last line that was
   * @throws AuditError `INVALID_ENTRY`, before anything was linked
   */
  append(input: AuditEntryInput, stamp: EntryStamp): { receipt: Receipt; position: Promise<number> } {
    const { entry, line } = fitEntry(completeEntry(input, { ...stamp, chain: this.#chain.next() }));
    const hash = this.#digest.digest(line);
    const { seq } = this.#chain.advance(hash);
    return { receipt: { id: entry.id, time: entry.time, seq, hash }, position: this.#writer.write(line) };
  }

  /** Resolves when no line is being written; never rejects. */
  settled(): Promise<void> {
    return this.#writer.settled();
  }

  /** No more lines are expected: nothing remains to save when the process ends. */
  end(): void {
    this.#cancelAtExit();
  }

  #saveAtExit(lines: string[], log: OperatorLog): void {
    try {
      this.spool.appendAtExit(lines);
    } catch (error) {
      log.error(`${lines.length} entries that nobody waited for were not stored at exit: ${oneLine(String(error))}`);
    }
  }
}
