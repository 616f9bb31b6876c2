import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AuditError } from '@auditrail/core';
import { createAuditLogger } from '@auditrail/sdk';
import type { RunningStack } from '@auditrail/stack';
import { readTrail, type FaultyProxy, type ChooseFault } from '@auditrail/stack/testing';
import type { Trial } from './trials.ts';

/** What became of a trial's entries. */
export interface TrialResult {
  name: string;
  receipts: number;
  /** On the trail. */
  stored: number;
  /** Laid aside with a reason. */
  dead: number;
  /** Laid aside, though Loki could have taken them. */
  falseDead: number;
  /** Still in the spool, and tried on: not accepted, or not seen in Loki. */
  waiting: number;
  /** Nowhere. */
  lost: number;
  /** Lines of the trail beyond one for each entry. */
  twice: number;
  /** Lines of the trail that differ from what was recorded. */
  altered: number;
  /** Seconds until the SDK's log named the fault; `undefined` where it never did. */
  noticeS?: number;
  /** How it was named. */
  notice?: string;
}

export interface TrialPlace {
  stack: RunningStack;
  proxy: FaultyProxy;
  /** Faults by tenant: all trials share one proxy. */
  faultChoosers: Map<string, ChooseFault>;
  tenant: string;
  settleMs: number;
}

/** How soon Loki is asked for what it has accepted. */
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

/** Records entries while the fault lasts, then compares receipts, trail, dead letters and spool. */
export async function runTrial(
  trial: Trial,
  { stack, faultChoosers, tenant, settleMs }: TrialPlace,
): Promise<TrialResult> {
  const { name, entries = 20, input = () => ({}), bad = () => false, spoolMaxBytes } = trial;
  const spool = mkdtempSync(join(tmpdir(), 'auditrail-refuse-'));
  const began = Date.now();
  let notice: { atMs: number; text: string } | undefined;
  const hear = (text: string) => {
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
    log: { warn: hear, error: hear },
  });
  try {
    const receipts: { id: string; hash: string }[] = [];
    for (let i = 0; i < entries; i++) {
      const actor = { type: 'user', id: String(i % 5) } as const;
      try {
        receipts.push(await audit.record({ action: 'order.placed', description: `order ${i}`, actor, ...input(i) }));
      } catch (error) {
        if (!(error instanceof AuditError && error.code === 'SPOOL_FULL')) throw error;
        hear(`${error.code}: ${error.message}`);
      }
    }
    await sleep(trial.faultMs ?? 0);
    faultChoosers.delete(tenant);
    await audit.flush({ timeoutMs: settleMs }).catch((error: unknown) => {
      if (!trial.held) throw error;
    });
    // What was answered with success and is not there is seen, and sent again, after a while.
    const until = Date.now() + settleMs;
    while (audit.unseen > 0 && Date.now() < until) await sleep(100);
    const trail = await readTrail(stack, tenant);
    const lines = new Map(trail.flatMap(({ entry, line }) => (entry ? [[entry.id, line] as const] : [])));
    const dead = new Set(deadIds(spool));
    const missing = receipts.filter(({ id }) => !lines.has(id) && !dead.has(id));
    // The logger knows that they are not there, and has them.
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
