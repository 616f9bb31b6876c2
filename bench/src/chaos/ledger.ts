import { closeSync, existsSync, openSync, readFileSync, writeSync } from 'node:fs';

/** A file with the results of an app's calls that survives a kill: lines `id hash` or `refused CODE`. */
export interface Ledger {
  add(id: string, hash: string): void;
  refused(code: string): void;
  close(): void;
}

/** The content of a ledger. */
export interface LedgerContent {
  /** Hashes by id. */
  receipts: Map<string, string>;
  /** Number of refused entries by code. */
  refusals: Record<string, number>;
}

const RECEIPT = /^([0-9a-f-]{36}) ([0-9a-f]{64})$/;
const REFUSAL = /^refused ([A-Z_]+)$/;

/** Opens a ledger to append to it. Lines are written at the end of each turn of the event loop. */
export function openLedger(file: string): Ledger {
  const descriptor = openSync(file, 'a');
  // Separates the next line from one that a kill left incomplete.
  let waiting = '\n';
  const write = () => {
    if (waiting !== '') writeSync(descriptor, waiting);
    waiting = '';
  };
  const append = (line: string) => {
    if (waiting === '') setImmediate(write);
    waiting += `${line}\n`;
  };
  write();
  return {
    add: (id, hash) => append(`${id} ${hash}`),
    refused: (code) => append(`refused ${code}`),
    close() {
      write();
      closeSync(descriptor);
    },
  };
}

/** Reads a ledger. Incomplete lines are ignored. */
export function readLedger(file: string): LedgerContent {
  const receipts = new Map<string, string>();
  const refusals: Record<string, number> = {};
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  for (const line of text.split('\n')) {
    const [, id, hash] = RECEIPT.exec(line) ?? [];
    if (id !== undefined && hash !== undefined) receipts.set(id, hash);
    const [, code] = REFUSAL.exec(line) ?? [];
    if (code !== undefined) refusals[code] = (refusals[code] ?? 0) + 1;
  }
  return { receipts, refusals };
}
