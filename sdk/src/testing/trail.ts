import { generateKeyPairSync } from 'node:crypto';
import { canonicalJson, completeEntry, formatTime, type AuditEntry, type AuditEntryInput } from '@auditrail/core';
import { uuidv7 } from 'uuidv7';
import { checkpointEntry, endedEntry, predecessorOf, rekeyedEntry, startedEntry } from '../chain/chain-entries.ts';
import { Chain } from '../chain/chain.ts';
import { createSigner, digestFor, type IntegrityKey, type IntegrityOptions } from '../chain/integrity.ts';

/** For tests: a new pair of Ed25519 keys in PEM. */
export function ed25519Pair(): { privateKey: string; publicKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

/** For tests: events that an emitter goes through. */
export type TrailEvent = 'entry' | 'checkpoint' | 'restart' | 'crash' | 'rekey';

let lastNs = 1_795_000_000_000_000_000n;

/** For tests: an emitter that writes its lines to an array, built from the SDK's chain code. */
export class TestEmitter {
  readonly #lines: string[];
  #integrity: IntegrityOptions;
  #chain: Chain;
  #lastLine: string | undefined;

  constructor(lines: string[], integrity: IntegrityOptions) {
    this.#lines = lines;
    this.#integrity = integrity;
    this.#chain = this.#start();
  }

  get stream(): string {
    return this.#chain.stream;
  }

  #start(): Chain {
    this.#chain = new Chain(uuidv7(), this.#integrity.key?.id);
    const predecessor = predecessorOf(this.#lastLine, this.#integrity);
    this.record(startedEntry(predecessor, createSigner(this.#integrity)));
    return this.#chain;
  }

  record(input: AuditEntryInput, nextKey?: string): AuditEntry {
    lastNs += 1_000_000_000n;
    const chain = this.#chain.next();
    const entry = completeEntry(input, { id: uuidv7(), time: formatTime(lastNs), service: 'test', chain });
    const line = canonicalJson(entry);
    const digest = digestFor(chain.keyId, this.#integrity);
    if (!digest) throw new Error(`no key ${chain.keyId}`);
    this.#chain.advance(digest.digest(line), nextKey);
    this.#lines.push(line);
    this.#lastLine = line;
    return entry;
  }

  end(): void {
    this.record(endedEntry(this.stream, this.#chain.tip, createSigner(this.#integrity)));
  }

  #checkpoint(): void {
    const { stream, tip } = this.#chain;
    if (tip.hash === null) return;
    this.record(checkpointEntry([{ stream, seq: tip.seq, hash: tip.hash }], createSigner(this.#integrity)));
  }

  #rekey(): void {
    const { key, previousKeys = [] } = this.#integrity;
    if (!key) return;
    const next: IntegrityKey = { id: `${key.id}+`, secret: key.secret };
    this.record(rekeyedEntry(this.#integrity, next), next.id);
    this.#integrity = { ...this.#integrity, key: next, previousKeys: [...previousKeys, key] };
  }

  happen(event: TrailEvent): void {
    if (event === 'entry') {
      this.record({ action: 'invoice.updated', description: 'Invoice changed', actor: { type: 'user', id: '7' } });
    } else if (event === 'checkpoint') this.#checkpoint();
    else if (event === 'rekey') this.#rekey();
    else {
      if (event === 'restart') this.end();
      this.#start();
    }
  }
}
