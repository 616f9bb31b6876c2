import { canonicalJson, type AuditEntry, type AuditEntryInput, type Predecessor } from '@auditrail/core';
import { Chain, lineHash } from '../../../sdk/src/chain/chain.ts';
import { endedEntry, startedEntry } from '../../../sdk/src/chain/chain-entries.ts';
import { createSigner } from '../../../sdk/src/chain/integrity.ts';

/** An entry of a trail as it is delivered. */
export interface TrailEntry {
  /** Its time, in nanoseconds since 1970. */
  ns: bigint;
  entry: AuditEntry;
  /** The canonical JSON of the entry. */
  line: string;
  /** SHA-256 of the line. */
  hash: string;
}

const sign = createSigner({});

/** A process of a service, with the chain of its entries. */
export class Emitter {
  readonly service: string;
  #chain: Chain | undefined;
  #predecessor: Predecessor | undefined;
  #state: 'running' | 'restarting' | 'ending' = 'running';

  constructor(service: string) {
    this.service = service;
  }

  /** The process ends and starts again, as for a deployment: the chain ends, and the next one continues it. */
  restart(): void {
    if (this.#chain) this.#state = 'restarting';
  }

  /** A statement about the chain that must be added before the next entry. @param id its id, and the name of a new chain */
  statement(id: string): AuditEntryInput | undefined {
    if (!this.#chain) {
      this.#chain = new Chain(id);
      return startedEntry(this.#predecessor, sign);
    }
    if (this.#state === 'running') return undefined;
    this.#state = 'ending';
    return endedEntry(this.#chain.stream, this.#chain.tip, sign);
  }

  /** Adds an entry to the chain. */
  add(ns: bigint, entry: AuditEntry): TrailEntry {
    const chain = this.#chain;
    if (!chain) throw new Error('the first entry of a chain is its statement');
    entry.chain = chain.next();
    const line = canonicalJson(entry);
    const hash = lineHash(line);
    const { seq } = chain.advance(hash);
    if (this.#state === 'ending') {
      this.#predecessor = { stream: chain.stream, seq, hash };
      this.#chain = undefined;
      this.#state = 'running';
    }
    return { ns, entry, line, hash };
  }
}
