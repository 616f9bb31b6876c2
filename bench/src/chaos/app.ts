import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatTime, msToNs } from '@auditrail/core';
import { AuditError, createAuditLogger, type AuditLogger } from '@auditrail/sdk';
import { childInput } from '../child.ts';
import { sampleEntry } from '../sample.ts';
import { openLedger, readLedger } from './ledger.ts';

/** The application that is killed. Writes entries at a constant rate until its ledger has enough receipts. */
export interface AppInput {
  endpoint: string;
  token: string;
  tenant: string;
  spool: string;
  ledger: string;
  entries: number;
  /** Entries per second. */
  rate: number;
  /** When to stop writing in any case, in milliseconds since 1970. */
  deadline: number;
  /** The age of the entries in milliseconds, as of an emitter that was offline for this long. */
  backMs: number;
  /** A file that the app creates when it has written all entries. */
  written: string;
  /** A file that is created when there are no more faults; the app waits for it. */
  calm: string;
}

const TICK_MS = 20;
const MAX_PENDING = 2_000;
const DELIVERY_MS = 600_000;

const input = childInput<AppInput>();
const { deadline, backMs } = input;
const before = readLedger(input.ledger).receipts.size;
const ledger = openLedger(input.ledger);

let lastNs = 0n;
// Times are unique, as those of the SDK.
function timeBack(): string {
  const now = msToNs(Date.now() - backMs);
  lastNs = now > lastNs ? now : lastNs + 1n;
  return formatTime(lastNs);
}

async function openLogger(): Promise<AuditLogger> {
  for (;;) {
    try {
      const { endpoint, token, tenant, spool } = input;
      const log = { warn: () => undefined, error: (message: string) => console.error(message) };
      const readBack = { afterMs: 2_000 };
      return createAuditLogger({
        service: 'chaos',
        endpoint,
        token,
        tenant,
        spool,
        maxBackoffMs: 1_000,
        readBack,
        log,
      });
    } catch (error) {
      // The disk is full: try again, as a process manager does.
      if (!(error instanceof AuditError && error.code === 'SPOOL_UNAVAILABLE')) throw error;
      ledger.refused(error.code);
      await sleep(200);
    }
  }
}

const audit = await openLogger();
let recorded = 0;
let pending = 0;

async function recordOne(n: number): Promise<void> {
  pending += 1;
  try {
    const { id, hash } = await audit.record({ ...sampleEntry(n), ...(backMs > 0 && { time: timeBack() }) });
    ledger.add(id, hash);
    recorded += 1;
  } catch (error) {
    // A coded error means that the entry is not stored. Any other error is a bug and ends the app.
    if (!(error instanceof AuditError)) throw error;
    ledger.refused(error.code);
  } finally {
    pending -= 1;
  }
}

let due = 0;
while (before + recorded < input.entries && Date.now() < deadline) {
  due = Math.min(due + (input.rate * TICK_MS) / 1000, MAX_PENDING);
  for (; due >= 1 && pending < MAX_PENDING && before + recorded + pending < input.entries; due--) {
    // Not awaited: an unexpected error ends the app as an unhandled rejection.
    void recordOne(before + recorded + pending);
  }
  await sleep(TICK_MS);
}
while (pending > 0) await sleep(TICK_MS);
ledger.close();
writeFileSync(input.written, '');
while (!existsSync(input.calm)) await sleep(100);
await audit.flush({ timeoutMs: DELIVERY_MS });
while (audit.unseen > 0) await sleep(100);
// Reads back all kept entries once more, because Loki may have lost them since.
await audit.shutdown({ timeoutMs: DELIVERY_MS });
