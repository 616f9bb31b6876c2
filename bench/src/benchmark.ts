/** What a benchmark found, by name: numbers where something is measured, words where something was left out and why. */
export type Figures = Record<string, number | string | boolean>;

export interface BenchmarkOptions {
  /** Ends within 50 seconds on a warm machine, with fewer entries. */
  quick: boolean;
  /** How many entries, where the benchmark's own number does not suit. */
  entries?: number | undefined;
  /** Makes what is random the same again. */
  seed: number;
  /** Tells a person how far it is. */
  log: (line: string) => void;
}

/** Measures something; `--json` prints what it gives. */
export type Benchmark = (options: BenchmarkOptions) => Promise<Figures>;
