import { formatTime, parseTime, type AuditEntryInput, type Predecessor } from '@auditrail/core';
import type { Delivery } from '../delivery/delivery.ts';
import type { SpoolDelivery } from '../delivery/spool-delivery.ts';
import { oneLine, type OperatorLog } from '../log.ts';
import type { FileSpool } from '../spool/file-spool.ts';
import { isTakenOver } from '../spool/lock.ts';
import { checkpointEntry, endedEntry, predecessorOf, startedEntry } from './chain-entries.ts';
import { checkpoints, type Checkpoints } from './checkpoints.ts';
import { risingClock, type Clock } from './clock.ts';
import { createSigner, type Digest, type IntegrityOptions, type SignStatement } from './integrity.ts';
import type { Receipt } from './receipt.ts';
import { newRecordId } from './record-id.ts';
import { SpoolChain, type EntryStamp } from './spool-chain.ts';

export interface ChainWriterOptions {
  service: string;
  integrity: IntegrityOptions;
  digest: Digest;
  /** Opens a sub-spool that no other process uses. */
  openSpool: () => FileSpool;
  delivery: Pick<Delivery, 'open' | 'retire'>;
  log: OperatorLog;
  /** Called for a mark or checkpoint that could not be stored. */
  onLost: (error: unknown, entry: AuditEntryInput) => void;
}

/** An entry on disk. */
interface StoredEntry {
  receipt: Receipt;
  /** The position among all lines of its sub-spool. */
  position: number;
  delivery: SpoolDelivery;
}

export interface AppendedEntry {
  /** Final unless another process takes the sub-spool over before the entry is stored. */
  receipt: Receipt;
  stored: Promise<StoredEntry>;
}

// Of one entry, if other processes keep taking its sub-spool over.
const MAX_ATTEMPTS = 3;

// A restarted emitter must not repeat a time of its predecessor.
function lastTimeOf(line: string | undefined): bigint {
  if (line === undefined) return 0n;
  const { time } = JSON.parse(line) as { time?: unknown };
  return (typeof time === 'string' ? parseTime(time) : undefined) ?? 0n;
}

/**
 * Writes entries into a chain on disk: stamps, links and stores them, marks the chain's start and end, adds checkpoints, and
 * continues with a new chain in another sub-spool if another process takes this one over.
 */
export class ChainWriter {
  readonly #options: ChainWriterOptions;
  readonly #sign: SignStatement;
  readonly #clock: Clock;
  readonly #checkpoints: Checkpoints;
  #current: SpoolChain;
  /** The chain whose start was marked. */
  #marked: SpoolChain | undefined;

  /** @throws AuditError `SPOOL_UNAVAILABLE`, `INVALID_KEY` */
  constructor(options: ChainWriterOptions) {
    this.#options = options;
    this.#sign = createSigner(options.integrity);
    this.#current = this.#open();
    this.#clock = risingClock(lastTimeOf(this.#current.predecessorLine), {
      onStepBack: (seconds) =>
        options.log.warn(
          `the system clock is ${seconds} s behind the last entry: it was wrong before, or is wrong now; check it`,
        ),
    });
    this.#checkpoints = checkpoints(options.integrity, () => this.#writeCheckpoint());
  }

  /** The sub-spool in use. */
  get spool(): FileSpool {
    return this.#current.spool;
  }

  /** The delivery of that sub-spool. */
  get delivery(): SpoolDelivery {
    return this.#current.delivery;
  }

  /**
   * Appends one entry to the chain. `stored` rejects if it cannot be stored.
   *
   * @throws AuditError `INVALID_ENTRY`
   */
  append(input: AuditEntryInput): AppendedEntry {
    const appended = this.#append(input);
    this.#checkpoints.recorded(input);
    return appended;
  }

  #append(input: AuditEntryInput, earlier?: EntryStamp, attempt = 1): AppendedEntry {
    this.#markStart();
    const chain = this.#current;
    const stamp = earlier ?? this.#stamp();
    const { receipt, position } = chain.append(input, stamp);
    const stored = position.then(
      (at) => ({ receipt, position: at, delivery: chain.delivery }),
      (error: unknown) => {
        if (!isTakenOver(error) || attempt === MAX_ATTEMPTS) throw error;
        this.#moveOn(chain);
        // With the same id and time: if the other process found the line too, readers take both for one entry.
        return this.#append(input, stamp, attempt + 1).stored;
      },
    );
    return { receipt, stored };
  }

  /** Resolves when no entry is being written, including those that had to move to another sub-spool. */
  async settled(): Promise<void> {
    for (let chain: SpoolChain | undefined; chain !== this.#current;) {
      chain = this.#current;
      await chain.settled();
      // Refused entries move on first.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Marks the end of the chain, after the last entry. */
  async end(): Promise<void> {
    this.#checkpoints.stop();
    await this.settled();
    const chain = this.#current;
    if (this.#marked === chain) this.#writeMark(endedEntry(chain.stream, chain.tip, this.#sign));
    await chain.settled();
    chain.end();
  }

  #stamp(): EntryStamp {
    return { id: newRecordId(), time: formatTime(this.#clock()), service: this.#options.service };
  }

  #open(): SpoolChain {
    const { openSpool, delivery, digest, log } = this.#options;
    const spool = openSpool();
    return new SpoolChain(spool, delivery.open(spool), digest, log);
  }

  /** Continues in another sub-spool: the process that took this one over delivers the entries in it. */
  #moveOn(taken: SpoolChain): void {
    if (this.#current !== taken) return;
    this.#current = this.#open();
    this.#options.log.warn(
      `another process took over ${taken.spool.folder} and delivers the entries in it; ` +
        `this process continues in ${this.#current.spool.folder} with a new chain`,
    );
    taken.end();
    this.#options.delivery.retire(taken.delivery, 'another process took the spool over, and delivers the entry');
  }

  // Only before an entry: a process that records nothing leaves nothing.
  #markStart(): void {
    const { integrity, log } = this.#options;
    if (this.#marked === this.#current || integrity.marks === false) return;
    this.#marked = this.#current;
    let predecessor: Predecessor | undefined;
    try {
      predecessor = predecessorOf(this.#current.predecessorLine, integrity);
    } catch (error) {
      log.warn(`the previous chain cannot be identified: ${oneLine(String(error))}`);
    }
    this.#writeMark(startedEntry(predecessor, this.#sign));
  }

  #writeCheckpoint(): void {
    const { stream, tip } = this.#current;
    const { seq, hash } = tip;
    if (hash !== null) this.#writeMark(checkpointEntry([{ stream, seq, hash }], this.#sign));
  }

  // Nobody waits for an entry about the chain; a verification reports one that is missing.
  #writeMark(entry: AuditEntryInput): void {
    this.#current.append(entry, this.#stamp()).position.catch((error: unknown) => {
      // The next entry begins a new chain, with its own marks.
      if (!isTakenOver(error)) this.#options.onLost(error, entry);
    });
  }
}
