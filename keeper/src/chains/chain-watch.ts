import { msToNs, type AuditEntryInput } from '@auditrail/core';
import type { Filter, TimeRange } from '@auditrail/core/query';
import { verifyTrail, type Finding } from '@auditrail/core/verify';
import type { Days } from '../days/days.ts';
import type { DaysReader } from '../days/read-days.ts';
import { EVER } from '../days/segment.ts';
import { linkOf } from '../export/chain-ranges.ts';
import type { ServeLog } from '../serve/log.ts';
import { chainAction, chainEntry } from './chain-entry.ts';

export interface ChainWatchOptions {
  days: Pick<Days, 'tenants' | 'reader'>;
  /** Writes an entry of a tenant; it is on disk when this resolves. */
  record: (tenant: string, entry: AuditEntryInput) => Promise<void>;
  log: ServeLog;
  now: () => number;
  /** How often the chains are checked, in milliseconds. Default 5 minutes. */
  everyMs?: number | undefined;
}

const EVERY_MS = 300_000;
/** Younger entries may still be in transit, or be taken from Loki because the keeper missed them. */
const SETTLED_MS = 900_000;
/** Entries are in two checks, so that each is checked together with the ones before and after it. */
const WINDOW_MS = 2 * EVERY_MS;
const PAGE = 1_000;
const MAX_ENTRIES = 200_000;
/** Findings of a check that are written; an attack can cause any number. */
const MAX_FINDINGS = 20;
/** Numbers of missing entries that are looked up. */
const MAX_NUMBERS = 100;

/**
 * Verifies the chains of the entries that the keeper has, some minutes after they happened, and records what is broken: gaps,
 * forks, and entries that are not what was written. Entries that are delivered later are left to `auditrail verify`.
 */
export class ChainWatch {
  readonly #options: ChainWatchOptions;
  readonly #written = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #checking: Promise<void> = Promise.resolve();
  #isEnding = false;

  constructor(options: ChainWatchOptions) {
    this.#options = options;
  }

  start(): void {
    const { everyMs = EVERY_MS } = this.#options;
    this.#timer = setInterval(() => {
      this.#checking = this.#checking.then(() => this.check());
    }, everyMs).unref();
  }

  /** Checks the chains of all tenants. */
  async check(): Promise<void> {
    for (const tenant of this.#options.days.tenants) {
      if (this.#isEnding) return;
      try {
        await this.#checkTenant(tenant);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        // Each entry is in another check.
        this.#options.log('error', 'chains could not be checked', { tenant, reason });
      }
    }
  }

  async #checkTenant(tenant: string): Promise<void> {
    const { days, log, now, record } = this.#options;
    const endMs = now() - SETTLED_MS;
    const range = { start: msToNs(endMs - WINDOW_MS), end: msToNs(endMs) };
    const reader = await days.reader(tenant);
    const { findings, lines } = await verifyTrail(linesOf(reader, range), { maxFindings: MAX_FINDINGS });
    if (lines === MAX_ENTRIES) log('warn', 'too many entries: a part of the chains was not checked', { tenant, lines });
    for (const finding of findings) {
      const action = chainAction(finding.kind);
      if (!action) continue;
      const entry = chainEntry({ tenant, action, finding, nowMs: now(), startNs: range.start });
      if (await this.#isKnown(reader, entry.id, endMs)) continue;
      if (finding.kind === 'missing' && (await isElsewhere(reader, finding))) continue;
      await record(tenant, entry);
      this.#written.add(entry.id);
      log('error', 'a chain is broken', { tenant, finding: finding.text });
    }
  }

  // Written by this process or, within the time of two checks, by an earlier one.
  async #isKnown(reader: DaysReader, id: string, endMs: number): Promise<boolean> {
    if (this.#written.has(id)) return true;
    if (this.#written.size > 10_000) this.#written.clear();
    const range = { start: msToNs(endMs - 2 * WINDOW_MS), end: EVER.end };
    return (await reader.count({ query: { filters: [{ field: 'id', operator: 'is', values: [id] }] }, range })) > 0;
  }

  async stop(): Promise<void> {
    this.#isEnding = true;
    clearInterval(this.#timer);
    await this.#checking;
  }
}

async function* linesOf(reader: DaysReader, range: TimeRange): AsyncGenerator<string, void> {
  let read = 0;
  let after: Awaited<ReturnType<DaysReader['rows']>>[number] | undefined;
  do {
    const rows = await reader.rows({ range, after, limit: Math.min(PAGE, MAX_ENTRIES - read), everyLine: true });
    for (const { line } of rows) yield line;
    read += rows.length;
    after = rows.length === PAGE ? rows.at(-1) : undefined;
  } while (after && read < MAX_ENTRIES);
}

/** Whether entries that are missing in a range are in the trail with other times, as imported history is. */
async function isElsewhere(reader: DaysReader, { stream, seq, toSeq = seq }: Finding): Promise<boolean> {
  if (stream === undefined || seq === undefined || toSeq === undefined) return false;
  const length = Math.min(toSeq - seq + 1, MAX_NUMBERS);
  const numbers = Array.from({ length }, (_, i) => seq + i);
  const filters: Filter[] = [
    { field: 'chainStream', operator: 'is', values: [stream] },
    { field: 'chainSeq', operator: 'is any of', values: numbers.map(String) },
  ];
  const rows = await reader.rows({ query: { filters }, range: EVER, limit: 2 * length, everyLine: true });
  const found = new Set(rows.map(({ line }) => linkOf(line)?.chain?.seq));
  return numbers.every((number) => found.has(number));
}
