/** The results of a benchmark by name; a text is the reason why a part was skipped. */
export type Figures = Record<string, number | string | boolean>;

export interface BenchmarkOptions {
  /** Use fewer entries, to end within 50 seconds if programs are built and cached. */
  quick: boolean;
  /** The number of entries. Each benchmark has its own default. */
  entries?: number | undefined;
  /** The number of days over which entries are distributed. Only for `scale`. */
  days?: number | undefined;
  /** The seed of random numbers. */
  seed: number;
  /** Reports progress. */
  log: (line: string) => void;
}

/** A benchmark. `--json` prints its figures. */
export type Benchmark = (options: BenchmarkOptions) => Promise<Figures>;
