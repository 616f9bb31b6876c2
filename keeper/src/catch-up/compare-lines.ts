import { hash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { LIMITS } from '@auditrail/core';
import { readEntries, type LokiClient } from '@auditrail/core/loki';
import type { TimeRange } from '@auditrail/core/query';
import type { Days } from '../days/days.ts';
import { recordsInLoki } from '../days/from-loki.ts';
import type { LineKey } from '../days/read-days.ts';

export interface CompareLinesOptions {
  days: Pick<Days, 'add' | 'maintain' | 'reader'>;
  loki: LokiClient;
  tenant: string;
  now: () => number;
  signal: AbortSignal;
  range: TimeRange;
  /** An entry that Loki has is missing in the keeper if it has not arrived after this time, in milliseconds. */
  confirmMs: number;
}

/** So few missing lines can be on their way from the collector; more are a gap. */
const FEW = 100;

const keyOf = (ns: bigint, lineHash: string) => `${ns} ${lineHash}`;

/**
 * Compares the lines of a range, adds to the keeper what only Loki holds, and returns what only the keeper holds. Has a page
 * of Loki in memory, and what the keeper holds of the same time.
 *
 * @throws AuditError as `readEntries` does; Error of the keeper's disk
 */
export async function compareLines(options: CompareLinesOptions): Promise<{ added: number; onlyHere: LineKey[] }> {
  const { days, loki, tenant, range, confirmMs, signal } = options;
  const reader = await days.reader(tenant);
  const onlyHere: LineKey[] = [];
  let added = 0;
  let isConfirmed = false;
  let { end } = range;
  const reading = { range, everyLine: true, pageEntries: LIMITS.pageEntriesMax, firstSliceMs: Infinity, signal };
  for await (const page of readEntries(loki, reading)) {
    // Of the nanosecond of its last line, a page has everything.
    const start = page.reduce((least, { ns }) => (ns < least ? ns : least), end);
    const here = new Map((await reader.lineKeys({ start, end })).map((key) => [keyOf(key.ns, key.hash), key]));
    const missing = new Set<string>();
    let [first, last] = [end, start];
    for (const { ns, line } of page) {
      const key = keyOf(ns, hash('sha256', line));
      if (here.delete(key)) continue;
      missing.add(key);
      if (ns < first) first = ns;
      if (ns > last) last = ns;
    }
    onlyHere.push(...here.values());
    if (missing.size > 0) {
      if (missing.size <= FEW && !isConfirmed) {
        await sleep(confirmMs, undefined, { signal });
        isConfirmed = true;
      }
      added += await add(options, { start: first, end: last + 1n }, missing);
    }
    end = start;
  }
  onlyHere.push(...(await reader.lineKeys({ start: range.start, end })));
  return { added, onlyHere };
}

// With labels and metadata, which the comparison does not need.
async function add(
  { days, loki, tenant, now, signal }: CompareLinesOptions,
  range: TimeRange,
  missing: ReadonlySet<string>,
): Promise<number> {
  let added = 0;
  for await (const records of recordsInLoki(loki, range, BigInt(now()) * 1_000_000n)) {
    signal.throwIfAborted();
    added += await days.add(
      tenant,
      records.filter(({ ns, line }) => missing.has(keyOf(ns, hash('sha256', line)))),
    );
    // The table in memory is not the place for many.
    await days.maintain();
  }
  return added;
}
