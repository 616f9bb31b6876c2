import type { ServeLog } from '../serve/log.ts';
import type { PipelineCode, PipelineFinding } from './finding.ts';
import { Pipeline, type PipelineOptions } from './index.ts';

export interface PipelineWatchOptions extends PipelineOptions {
  /** How often to check, in milliseconds. */
  everyMs?: number;
  /** Further findings, of the keeper itself. */
  ownFindings?: () => Promise<PipelineFinding[]>;
  /** Called when the collector has dropped entries for the keeper. */
  onKeeperMisses?: () => void;
}

/** A problem that keeps entries from arriving, as shown to people of a tenant. Times in milliseconds. */
export interface PipelineProblem {
  code: PipelineCode;
  /** Entries from here on are affected. */
  sinceMs: number;
  /** When it was last seen. */
  lastMs: number;
  reason?: string;
  count?: number;
}

interface Known extends PipelineProblem {
  tenant?: string;
}

const LOOK_EVERY_MS = 30_000;
/** People see a loss for this long after its last entry, because it does not go away by itself. */
const LOSS_SHOWN_MS = 15 * 60_000;
const LOSSES: readonly PipelineCode[] = ['LOKI_DISCARDS', 'COLLECTOR_DROPS', 'LOKI_WAL'];
/** One tenant's refused entries are also in these counters of all tenants. */
const SHARED: readonly PipelineCode[] = ['COLLECTOR_DROPS', 'COLLECTOR_FAILS'];
/**
 * Not about missing entries: free space and what the keeper has concern the operator, and the collector refuses forged
 * entries.
 */
const NOT_SHOWN: readonly PipelineCode[] = [
  'DISK_FILLS',
  'COLLECTOR_REFUSES',
  'KEEPER_MISSES',
  'KEEPER_BEHIND',
  'KEEPER_SETS_ASIDE',
  'ARCHIVE_BEHIND',
  'LOKI_LACKS',
];

/** Checks the pipeline of entries regularly, and keeps the current problems. */
export class PipelineWatch {
  readonly #pipeline: Pipeline;
  readonly #ownFindings: (() => Promise<PipelineFinding[]>) | undefined;
  readonly #onKeeperMisses: (() => void) | undefined;
  readonly #everyMs: number;
  readonly #log: ServeLog;
  readonly #now: () => number;
  readonly #known = new Map<string, Known>();
  #checkedMs: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();

  constructor(
    { everyMs = LOOK_EVERY_MS, ownFindings, onKeeperMisses, ...options }: PipelineWatchOptions,
    log: ServeLog,
    now = Date.now,
  ) {
    this.#pipeline = new Pipeline(options);
    this.#ownFindings = ownFindings;
    this.#onKeeperMisses = onKeeperMisses;
    this.#everyMs = everyMs;
    this.#log = log;
    this.#now = now;
  }

  /** Whether there is a part of the pipeline to check, beyond the keeper itself. */
  get isOn(): boolean {
    return !this.#pipeline.isEmpty;
  }

  /** The time of the last check. */
  get checkedMs(): number | undefined {
    return this.#checkedMs;
  }

  start(): void {
    if (!this.isOn && !this.#ownFindings) return;
    const round = () => {
      this.#looking = this.look().catch((error: unknown) => {
        this.#log('error', 'the pipeline cannot be checked', { reason: String(error) });
      });
      void this.#looking.then(() => {
        if (this.#timer) this.#timer = setTimeout(round, this.#everyMs);
      });
    };
    this.#timer = setTimeout(round, 0);
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#looking;
  }

  /** Checks once. Counts from before the first check are not reported. */
  async look(): Promise<void> {
    const all = [...(await this.#pipeline.look()), ...((await this.#ownFindings?.()) ?? [])];
    const findings = all.filter(({ ok, fromStart }) => !ok && !fromStart);
    const nowMs = this.#now();
    for (const finding of findings) this.#note(finding, nowMs);
    for (const [key, { code, lastMs }] of this.#known) {
      if (lastMs === nowMs || (LOSSES.includes(code) && nowMs - lastMs < LOSS_SHOWN_MS)) continue;
      this.#known.delete(key);
      this.#log('info', 'pipeline problem over', { problem: key });
    }
    this.#checkedMs = nowMs;
  }

  #note({ code, about, what, remedy, tenant, reason, count = 0, event }: PipelineFinding, nowMs: number): void {
    const key = `${code} ${about}`;
    const known = this.#known.get(key);
    if (!known || event) this.#log('warn', what, { remedy });
    if (code === 'KEEPER_MISSES') this.#onKeeperMisses?.();
    this.#known.set(key, {
      ...{ code, lastMs: nowMs, sinceMs: known?.sinceMs ?? this.#checkedMs ?? nowMs },
      ...(tenant !== undefined && { tenant }),
      ...(reason !== undefined && { reason }),
      ...(event && { count: (known?.count ?? 0) + count }),
    });
  }

  /** What keeps this tenant's entries from arriving; without problems that affect other tenants only. */
  problemsOf(tenant: string): PipelineProblem[] {
    const all = [...this.#known.values()];
    const explained = all.some(({ code }) => code === 'LOKI_DISCARDS');
    return all
      .filter(({ code }) => !NOT_SHOWN.includes(code) && !(explained && SHARED.includes(code)))
      .filter((problem) => problem.tenant === undefined || problem.tenant === tenant)
      .map(({ code, sinceMs, lastMs, reason, count }) => ({
        ...{ code, sinceMs, lastMs },
        ...(reason !== undefined && { reason }),
        ...(count !== undefined && { count }),
      }));
  }
}
