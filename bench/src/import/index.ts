import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { inRoot } from '@auditrail/stack';
import type { Benchmark } from '../benchmark.ts';
import { median, megabytes, round } from '../figures.ts';
import { shuffled, seededRandom } from '../random.ts';

const run = promisify(execFile);

const PACKAGES = { sdk: '@auditrail/sdk', otel: '@opentelemetry/sdk-logs', pino: 'pino' } as const;
type Name = keyof typeof PACKAGES;

interface Cost {
  ms: number;
  rss: number;
}

// Imports the built package by name, as an application does.
async function importOnce(specifier: string): Promise<Cost> {
  const program = `
    const before = process.memoryUsage().rss;
    const began = performance.now();
    await import(${JSON.stringify(specifier)});
    const ms = performance.now() - began;
    console.log(JSON.stringify({ ms, rss: process.memoryUsage().rss - before }));`;
  const args = ['--input-type=module', '--eval', program];
  const { stdout } = await run(process.execPath, args, {
    cwd: inRoot('bench'),
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  return JSON.parse(stdout) as Cost;
}

/** The time and memory of `import '@auditrail/sdk'`, compared with other packages. */
export const importing: Benchmark = async ({ quick, seed, log }) => {
  log('building core and sdk');
  await run('npm', ['run', '--silent', 'build', '-w', 'core', '-w', 'sdk'], { cwd: inRoot() });
  const names = Object.keys(PACKAGES) as Name[];
  const costs: Record<Name, Cost[]> = { sdk: [], otel: [], pino: [] };
  const random = seededRandom(seed);
  const rounds = quick ? 15 : 60;
  log(`${rounds} new processes per package`);
  // The first round only warms up the file system's cache.
  for (let round = -1; round < rounds; round += 1) {
    for (const name of shuffled(names, random)) {
      const cost = await importOnce(PACKAGES[name]);
      if (round >= 0) costs[name].push(cost);
    }
  }
  const ms = (name: Name) => median(costs[name].map((cost) => cost.ms));
  const rss = (name: Name) => megabytes(median(costs[name].map((cost) => cost.rss)));
  return {
    import_ms: round(ms('sdk')),
    import_ms_ratio_otel: round(ms('sdk') / ms('otel')),
    import_ms_ratio_pino: round(ms('sdk') / ms('pino')),
    import_rss_mb: rss('sdk'),
    otel_ms: round(ms('otel')),
    otel_rss_mb: rss('otel'),
    pino_ms: round(ms('pino')),
    pino_rss_mb: rss('pino'),
  };
};
