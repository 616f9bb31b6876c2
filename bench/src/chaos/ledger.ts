import { closeSync, existsSync, openSync, readFileSync, writeSync } from 'node:fs';

/** What the app knows of its receipts, kept where it survives a kill: one line `id hash` each. */
export interface Ledger {
  add(id: string, hash: string): void;
  close(): void;
}

const LINE = /^([0-9a-f-]{36}) ([0-9a-f]{64})$/;

/** Goes on with a ledger. What it is told in one turn of the event loop is written at the end of it. */
export function openLedger(file: string): Ledger {
  const descriptor = openSync(file, 'a');
  // A line that a kill tore stays apart from the next.
  let waiting = '\n';
  const write = () => {
    if (waiting !== '') writeSync(descriptor, waiting);
    waiting = '';
  };
  write();
  return {
    add(id, hash) {
      if (waiting === '') setImmediate(write);
      waiting += `${id} ${hash}\n`;
    },
    close() {
      write();
      closeSync(descriptor);
    },
  };
}

/** Every receipt of a ledger: hashes by id. A torn line is no receipt. */
export function readLedger(file: string): Map<string, string> {
  const receipts = new Map<string, string>();
  if (!existsSync(file)) return receipts;
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const [, id, hash] = LINE.exec(line) ?? [];
    if (id !== undefined && hash !== undefined) receipts.set(id, hash);
  }
  return receipts;
}
