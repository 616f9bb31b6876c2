import { atExit } from './at-exit.ts';
import { Chain } from '../chain/chain.ts';
import { DeliveryTracker } from '../delivery/delivery-tracker.ts';
import type { FileSpool } from '../spool/file-spool.ts';
import { GroupWriter } from '../chain/group-writer.ts';
import { oneLine, type OperatorLog } from '../log.ts';
import { newRecordId } from './record-id.ts';
import type { Sender } from '../delivery/sender.ts';
import { spoolSender, type SpoolSenderOptions } from '../delivery/spool-sender.ts';

/** One sub-spool with the chain that is written into it, and its way to the collector. */
export class Emitter {
  readonly spool: FileSpool;
  readonly chain: Chain;
  readonly writer: GroupWriter;
  readonly tracker: DeliveryTracker;
  readonly sender: Sender;
  /** The last line of whoever wrote into the sub-spool before. */
  readonly predecessorLine: string | undefined;
  /** Whether the chain's first entry was written. */
  marked = false;
  /** Takes back what was to be done at exit. */
  readonly #keep: () => void;

  constructor(spool: FileSpool, sending: SpoolSenderOptions, keyId: string | undefined) {
    this.spool = spool;
    this.predecessorLine = spool.lastLine;
    this.chain = new Chain(newRecordId(), keyId);
    const tracker = new DeliveryTracker(spool.pending);
    const sender = spoolSender(spool, sending, (fates) => tracker.settled(fates));
    this.tracker = tracker;
    this.sender = sender;
    this.writer = new GroupWriter(spool, this.chain, (count) => {
      const first = tracker.appended(count);
      sending.metrics.emitted(count);
      sender.notify();
      return first;
    });
    const { log } = sending;
    this.#keep = atExit(() => this.writer.saveAtExit((lines) => this.#saveAtExit(lines, log)));
  }

  #saveAtExit(lines: string[], log: OperatorLog): void {
    try {
      this.spool.appendAtExit(lines);
    } catch (error) {
      log.error(`${lines.length} entries that nobody waited for were not stored at exit: ${oneLine(String(error))}`);
    }
  }

  get oldestMs(): number | undefined {
    return this.sender.oldestMs;
  }

  /** Sends nothing more and closes the spool; who waits for a delivery is given the reason. */
  async retire(reason?: string): Promise<void> {
    this.#keep();
    this.sender.stop();
    await this.sender.ended;
    this.tracker.close(reason);
    await this.spool.close();
  }
}
