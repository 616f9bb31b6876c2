import { checkCollector, readCollector } from './collector.ts';
import { checkDisk } from './disk.ts';
import type { PipelineCode, PipelineFinding } from './finding.ts';
import { checkLoki, readLoki } from './loki.ts';
import type { Sample } from './prometheus-text.ts';
import { checkSpool } from './spool.ts';

export { type PipelineCode, type PipelineFinding } from './finding.ts';

export interface PipelineOptions {
  /** Address of the collector's metrics. */
  collectorMetrics?: string | undefined;
  /** Address of Loki's metrics. */
  lokiMetrics?: string | undefined;
  /** Spool folders of applications. */
  spool?: readonly string[] | undefined;
  /** The collector's queue folder. */
  queue?: string | undefined;
  /** Further paths whose disks need free space, such as Loki's data. */
  disk?: readonly string[] | undefined;
}

/** Checks the pipeline of entries from applications to Loki's disk; each check counts from the one before. */
export class Pipeline {
  readonly #options: PipelineOptions;
  readonly #before = new Map<string, readonly Sample[]>();

  constructor(options: PipelineOptions) {
    this.#options = options;
  }

  get isEmpty(): boolean {
    const { collectorMetrics, lokiMetrics, spool, queue, disk } = this.#options;
    return !collectorMetrics && !lokiMetrics && !queue && !spool?.length && !disk?.length;
  }

  async look(): Promise<PipelineFinding[]> {
    const { collectorMetrics, lokiMetrics, spool = [], queue, disk = [] } = this.#options;
    const findings = await Promise.all([
      collectorMetrics ? this.#metrics('COLLECTOR_SILENT', collectorMetrics, readCollector, checkCollector) : [],
      lokiMetrics ? this.#metrics('LOKI_SILENT', lokiMetrics, readLoki, checkLoki) : [],
      ...spool.map((path) => checkSpool(path)),
      ...[...(queue ? [queue] : []), ...disk].map(checkDisk),
    ]);
    return findings.flat();
  }

  async #metrics(
    code: PipelineCode,
    address: string,
    read: (address: string) => Promise<Sample[]>,
    check: (now: readonly Sample[], before?: readonly Sample[]) => PipelineFinding[],
  ): Promise<PipelineFinding[]> {
    const about = address;
    try {
      const now = await read(address);
      const findings = check(now, this.#before.get(address));
      this.#before.set(address, now);
      return [{ ok: true, code, about, what: `${address} serves its metrics` }, ...findings];
    } catch (error) {
      const { message, cause } = error as Error;
      const what = `no metrics from ${address} (${cause instanceof Error ? cause.message : message})`;
      return [{ ok: false, code, about, what, remedy: 'check the address, and that the program runs' }];
    }
  }
}
