import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatTime, msToNs } from '@auditrail/core';
import { AuditError, createAuditLogger, type AuditLogger } from '@auditrail/sdk';
import { childInput } from '../child.ts';
import { sampleEntry } from '../sample.ts';
import { openLedger, readLedger } from './ledger.ts';

/** The application that is killed: writes entries at a steady rate until its ledger holds enough receipts. */
export interface AppInput {
  endpoint: string;
  token: string;
  tenant: string;
  spool: string;
  ledger: string;
  entries: number;
  /** Entries a second. */
  rate: number;
  /** When to write no more, whatever is missing: milliseconds since 1970. */
  deadline: number;
  /** How far back the entries' times lie, in milliseconds: an emitter that was offline for so long. */
  backMs: number;
  /** Made by the app when it has written all. */
  written: string;
  /** Waits for this file: no more trouble comes. */
  calm: string;
}

const TICK_MS = 20;
const MOST_UNDER_WAY = 2_000;
const DELIVERY_MS = 600_000;

const input = childInput<AppInput>();
const { deadline, backMs } = input;
const before = readLedger(input.ledger).receipts.size;
const ledger = openLedger(input.ledger);

let lastNs = 0n;
// Each time differs from the one before, as the SDK's own do.
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
      // A disk that is full when the app starts: it waits, as an operator's restart loop would.
      if (!(error instanceof AuditError && error.code === 'SPOOL_UNAVAILABLE')) throw error;
      ledger.refused(error.code);
      await sleep(200);
    }
  }
}

const audit = await openLogger();
let recorded = 0;
let under = 0;

async function recordOne(n: number): Promise<void> {
  under += 1;
  try {
    const { id, hash } = await audit.record({ ...sampleEntry(n), ...(backMs > 0 && { time: timeBack() }) });
    ledger.add(id, hash);
    recorded += 1;
  } catch (error) {
    // Refused with a code: the entry is nowhere, and the caller knows. Anything else is a fault, and ends the app.
    if (!(error instanceof AuditError)) throw error;
    ledger.refused(error.code);
  } finally {
    under -= 1;
  }
}

let due = 0;
while (before + recorded < input.entries && Date.now() < deadline) {
  due = Math.min(due + (input.rate * TICK_MS) / 1000, MOST_UNDER_WAY);
  for (; due >= 1 && under < MOST_UNDER_WAY && before + recorded + under < input.entries; due--) {
    // One that is refused for no good reason ends the app, as an unhandled rejection.
    void recordOne(before + recorded + under);
  }
  await sleep(TICK_MS);
}
while (under > 0) await sleep(TICK_MS);
ledger.close();
writeFileSync(input.written, '');
while (!existsSync(input.calm)) await sleep(100);
await audit.flush({ timeoutMs: DELIVERY_MS });
while (audit.unseen > 0) await sleep(100);
// Looks once more at all that is kept: Loki may have lost what was seen in it.
await audit.shutdown({ timeoutMs: DELIVERY_MS });
