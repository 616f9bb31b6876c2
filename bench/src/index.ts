import { parseArgs } from 'node:util';
import type { Benchmark, BenchmarkOptions } from './benchmark.ts';

// Loaded when asked for: none pays for another's libraries.
const BENCHMARKS: Record<string, { about: string; load: () => Promise<Benchmark> }> = {
  emit: {
    about: 'what record() costs beside pino, and what other ways to Loki lose of a burst',
    load: async () => (await import('./emit/index.ts')).emit,
  },
  chaos: {
    about: 'entries compared after app, collector and Loki were killed at random and the disk was full',
    load: async () => (await import('./chaos/index.ts')).chaos,
  },
  deliver: {
    about: 'rate and latency from the SDK to Loki, with 1, 10 and 100 emitters',
    load: async () => (await import('./deliver/index.ts')).deliver,
  },
  refuse: {
    about: 'what becomes of entries when something behind the collector refuses them',
    load: async () => (await import('./refuse/index.ts')).refuse,
  },
  import: {
    about: "what import '@auditrail/sdk' takes in time and memory, beside OpenTelemetry's SDK for logs and pino",
    load: async () => (await import('./import/index.ts')).importing,
  },
  outage: {
    about: "the app's memory while nothing can be delivered",
    load: async () => (await import('./outage/index.ts')).outage,
  },
  fuzz: {
    about: 'odd entries: each is stored whole or refused with a code',
    load: async () => (await import('./fuzz/index.ts')).fuzz,
  },
  forge: {
    about: 'ways to hide, replace, copy or blame: each is shown, exported and named',
    load: async () => (await import('./forge/index.ts')).forge,
  },
  export: {
    about: 'rows a second and memory of auditrail export, beside logcli',
    load: async () => (await import('./export/index.ts')).exporting,
  },
  page: {
    about: 'the audit page in a browser: first rows, one person of millions, scrolling, size',
    load: async () => (await import('./page/index.ts')).page,
  },
};

const list = () =>
  ['npm run -s bench -- NAME [--quick] [--json] [--entries N] [--seed N]', '']
    .concat(Object.entries(BENCHMARKS).map(([name, { about }]) => `  ${name.padEnd(8)} ${about}`))
    .join('\n');

/** A command line that was understood; without a `name` the benchmarks are listed. */
export interface BenchCommand extends Omit<BenchmarkOptions, 'log'> {
  name?: string;
  json: boolean;
}

function wholeNumber(option: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`--${option} takes a whole number from 1, not "${text}"`);
  return Number(text);
}

/** @throws Error for an unknown benchmark or option; the message lists what there is */
export function parseBenchArgs(args: readonly string[]): BenchCommand {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      entries: { type: 'string' },
      seed: { type: 'string', default: '1' },
    },
  });
  const [name, ...more] = positionals;
  if (name !== undefined && !Object.hasOwn(BENCHMARKS, name)) throw new Error(`no benchmark "${name}"\n${list()}`);
  if (more.length > 0) throw new Error(`one benchmark at a time, not also ${more.join(' ')}\n${list()}`);
  return {
    ...(name !== undefined && { name }),
    quick: values.quick,
    json: values.json,
    ...(values.entries !== undefined && { entries: wholeNumber('entries', values.entries) }),
    seed: wholeNumber('seed', values.seed),
  };
}

/**
 * `npm run bench`: runs one benchmark. Progress goes to standard error; figures to standard output, with `--json` as one
 * line `{ name, figures }`.
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
