import { closeSync, existsSync, openSync, readFileSync, writeSync } from 'node:fs';

/** What the app was told of its entries, kept where it survives a kill: a line `id hash` or `refused CODE` each. */
export interface Ledger {
  add(id: string, hash: string): void;
  refused(code: string): void;
  close(): void;
}

/** A ledger as it is read. */
export interface LedgerContent {
  /** Hashes by id. */
  receipts: Map<string, string>;
  /** How many entries were refused, by code. */
  refusals: Record<string, number>;
}

const RECEIPT = /^([0-9a-f-]{36}) ([0-9a-f]{64})$/;
const REFUSAL = /^refused ([A-Z_]+)$/;

/** Goes on with a ledger. What it is told in one turn of the event loop is written at the end of it. */
export function openLedger(file: string): Ledger {
  const descriptor = openSync(file, 'a');
  // A line that a kill tore stays apart from the next.
  let waiting = '\n';
  const write = () => {
    if (waiting !== '') writeSync(descriptor, waiting);
    waiting = '';
  };
  const note = (line: string) => {
    if (waiting === '') setImmediate(write);
    waiting += `${line}\n`;
  };
  write();
  return {
    add: (id, hash) => note(`${id} ${hash}`),
    refused: (code) => note(`refused ${code}`),
    close() {
      write();
      closeSync(descriptor);
    },
  };
}

/** Reads a ledger. A torn line is no receipt. */
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
