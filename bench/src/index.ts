import { parseArgs } from 'node:util';
import type { Benchmark, BenchmarkOptions } from './benchmark.ts';

// Loaded on demand, so that a benchmark does not load the libraries of others.
const BENCHMARKS: Record<string, { about: string; load: () => Promise<Benchmark> }> = {
  emit: {
    about: 'cost of record() compared with pino, and entries that other loggers lose in a burst',
    load: async () => (await import('./emit/index.ts')).emit,
  },
  chaos: {
    about: 'completeness after random kills of app, collector, Loki and keeper, full disks and other faults',
    load: async () => (await import('./chaos/index.ts')).chaos,
  },
  deliver: {
    about: 'rate and latency from the SDK to Loki with 1, 10 and 100 emitters',
    load: async () => (await import('./deliver/index.ts')).deliver,
  },
  refuse: {
    about: 'completeness while Loki or a proxy before it refuses entries',
    load: async () => (await import('./refuse/index.ts')).refuse,
  },
  import: {
    about: "time and memory of import '@auditrail/sdk', compared with OpenTelemetry's log SDK and pino",
    load: async () => (await import('./import/index.ts')).importing,
  },
  outage: {
    about: "the app's memory while the collector cannot be reached",
    load: async () => (await import('./outage/index.ts')).outage,
  },
  fuzz: {
    about: 'unusual input: each is stored or refused with a code',
    load: async () => (await import('./fuzz/index.ts')).fuzz,
  },
  forge: {
    about: 'forged entries: each is shown, exported and reported',
    load: async () => (await import('./forge/index.ts')).forge,
  },
  export: {
    about: 'rate and memory of auditrail export, compared with logcli',
    load: async () => (await import('./export/index.ts')).exporting,
  },
  scale: {
    about: 'questions to an audit log of many entries: Loki compared with VictoriaLogs',
    load: async () => (await import('./scale/index.ts')).scale,
  },
  detect: {
    about: 'alert rules: an attack, near misses and a benign day for each, and the time of an evaluation',
    load: async () => (await import('./detect/index.ts')).detect,
  },
  page: {
    about: 'the audit page in a browser: first rows, a filter, scrolling, code size',
    load: async () => (await import('./page/index.ts')).page,
  },
};

const list = () =>
  ['npm run -s bench -- NAME [--quick] [--json] [--entries N] [--days N] [--seed N]', '']
    .concat(Object.entries(BENCHMARKS).map(([name, { about }]) => `  ${name.padEnd(8)} ${about}`))
    .join('\n');

/** A parsed command line. Without a `name`, the benchmarks are listed. */
export interface BenchCommand extends Omit<BenchmarkOptions, 'log'> {
  name?: string;
  json: boolean;
}

function wholeNumber(option: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`--${option} must be a positive integer, not "${text}"`);
  return Number(text);
}

/** @throws Error for an unknown benchmark or option, with a list of the benchmarks */
export function parseBenchArgs(args: readonly string[]): BenchCommand {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      entries: { type: 'string' },
      days: { type: 'string' },
      seed: { type: 'string', default: '1' },
    },
  });
  const [name, ...more] = positionals;
  if (name !== undefined && !Object.hasOwn(BENCHMARKS, name)) throw new Error(`unknown benchmark "${name}"\n${list()}`);
  if (more.length > 0) throw new Error(`only one benchmark can run at a time; remove ${more.join(' ')}\n${list()}`);
  return {
    ...(name !== undefined && { name }),
    quick: values.quick,
    json: values.json,
    ...(values.entries !== undefined && { entries: wholeNumber('entries', values.entries) }),
    ...(values.days !== undefined && { days: wholeNumber('days', values.days) }),
    seed: wholeNumber('seed', values.seed),
  };
}

/**
 * `npm run bench`: runs a benchmark. Prints progress to standard error, and the figures to standard output, with `--json` as
 * one line `{ name, figures }`.
 */
export async function bench(args: readonly string[]): Promise<void> {
  const { name, json, ...options } = parseBenchArgs(args);
  const chosen = name === undefined ? undefined : BENCHMARKS[name];
  if (!chosen) {
    console.log(list());
    return;
  }
  const run = await chosen.load();
  const figures = await run({ ...options, log: (line) => console.error(line) });
  if (json) console.log(JSON.stringify({ name, figures }));
  else for (const [figure, value] of Object.entries(figures)) console.log(`${figure.padEnd(26)} ${value}`);
}
