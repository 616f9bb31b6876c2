import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AuditError } from '@auditrail/core';
import { createAuditLogger } from '@auditrail/sdk';
import type { RunningStack } from '@auditrail/stack';
import { readTrail, type FaultyProxy, type ChooseFault } from '@auditrail/stack/testing';
import type { Trial } from './trials.ts';

/** The result of a trial. */
export interface TrialResult {
  name: string;
  receipts: number;
  /** Entries in Loki. */
  stored: number;
  /** Dead letters. */
  dead: number;
  /** Dead letters that Loki could have stored. */
  falseDead: number;
  /** Entries that are still in the spool, because they were not accepted or not found in Loki. */
  waiting: number;
  /** Entries that are in none of these. */
  lost: number;
  /** Additional lines of an entry. */
  twice: number;
  /** Lines that differ from the recorded entry. */
  altered: number;
  /** Seconds until the SDK logged the fault; `undefined` if it did not. */
  noticeS?: number;
  /** The logged message. */
  notice?: string;
}

export interface TrialContext {
  stack: RunningStack;
  proxy: FaultyProxy;
  /** Faults by tenant: all trials share one proxy. */
  faultChoosers: Map<string, ChooseFault>;
  tenant: string;
  settleMs: number;
}

/** The delay before accepted entries are read back. */
const AFTER_MS = 1_000;

function deadIds(spool: string): string[] {
  const file = join(spool, '0', 'dead-letters.ndjson');
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return lines.map((text) => (JSON.parse((JSON.parse(text) as { line: string }).line) as { id: string }).id);
}

function spooledText(spool: string): string {
  const folder = join(spool, '0');
  const segments = readdirSync(folder).filter((name) => name.endsWith('.spool'));
  return segments.map((name) => readFileSync(join(folder, name), 'utf8')).join('');
}

/** Records entries during the fault, then compares receipts with Loki, dead letters and the spool. */
export async function runTrial(
  trial: Trial,
  { stack, faultChoosers, tenant, settleMs }: TrialContext,
): Promise<TrialResult> {
  const { name, entries = 20, input = () => ({}), bad = () => false, spoolMaxBytes } = trial;
  const spool = mkdtempSync(join(tmpdir(), 'auditrail-refuse-'));
  const began = Date.now();
  let notice: { atMs: number; text: string } | undefined;
  const onLog = (text: string) => {
    notice ??= { atMs: Date.now(), text };
  };
  if (trial.chooseFault) faultChoosers.set(tenant, trial.chooseFault);
  const { urls, tokensFor } = stack;
  const audit = createAuditLogger({
    service: 'refuse',
    endpoint: urls.collector,
    token: tokensFor(tenant).write,
    tenant,
    spool,
    maxBackoffMs: 1_000,
    ...(spoolMaxBytes !== undefined && { spoolMaxBytes }),
    readBack: { afterMs: AFTER_MS },
    integrity: { marks: false },
    log: { warn: onLog, error: onLog },
  });
  try {
    const receipts: { id: string; hash: string }[] = [];
    for (let i = 0; i < entries; i++) {
      const actor = { type: 'user', id: String(i % 5) } as const;
      try {
        receipts.push(await audit.record({ action: 'order.placed', description: `order ${i}`, actor, ...input(i) }));
      } catch (error) {
        if (!(error instanceof AuditError && error.code === 'SPOOL_FULL')) throw error;
        onLog(`${error.code}: ${error.message}`);
      }
    }
    await sleep(trial.faultMs ?? 0);
    faultChoosers.delete(tenant);
    await audit.flush({ timeoutMs: settleMs }).catch((error: unknown) => {
      if (!trial.held) throw error;
    });
    // Entries that were accepted and not stored are found by reading back, and sent again.
    const until = Date.now() + settleMs;
    while (audit.unseen > 0 && Date.now() < until) await sleep(100);
    const trail = await readTrail(stack, tenant);
    const lines = new Map(trail.flatMap(({ entry, line }) => (entry ? [[entry.id, line] as const] : [])));
    const dead = new Set(deadIds(spool));
    const missing = receipts.filter(({ id }) => !lines.has(id) && !dead.has(id));
    // The logger still has the entries that it did not find.
    const spooled = audit.pending + audit.unseen > 0 ? spooledText(spool) : '';
    const waiting = missing.filter(({ id }) => spooled.includes(`"id":"${id}"`)).length;
    return {
      name,
      receipts: receipts.length,
      stored: receipts.filter(({ id }) => lines.has(id)).length,
      dead: dead.size,
      falseDead: receipts.filter(({ id }, i) => dead.has(id) && !bad(i)).length,
      waiting,
      lost: missing.length - waiting,
      twice: trail.length - lines.size,
      altered: trail.filter(({ problem }) => problem !== undefined).length,
      ...(notice && { noticeS: (notice.atMs - began) / 1_000, notice: notice.text }),
    };
  } finally {
    await audit.shutdown({ timeoutMs: 100 });
    rmSync(spool, { recursive: true, force: true });
  }
}
