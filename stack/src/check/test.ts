import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { ensureDebianPackage } from '../install/debian.ts';
import { inRoot, ROOT } from '../paths.ts';
import { checkPackages } from './packages.ts';
import { elapsed } from '../progress.ts';
import { runVisibly } from '../install/run.ts';

interface Count {
  passed: number;
  failed: number;
}

/** A suite of the test run. `run` resolves with its counts, and rejects if the suite cannot run. */
interface Suite {
  name: string;
  run(): Promise<Count>;
}

const jestReport = z.looseObject({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numFailedTestSuites: z.int(),
  success: z.boolean(),
});

// A command that counts as one test.
async function command(name: string, args: string[]): Promise<Count> {
  const code = await runVisibly(name, args, { cwd: ROOT });
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

// Jest writes its report after the last test, and then waits for open processes, servers and timers.
const OPEN_HANDLES_MS = 30_000;

function abortOnOpenHandles(report: string): { signal: AbortSignal; stop: () => void } {
  const aborting = new AbortController();
  let waited = 0;
  const timer = setInterval(() => {
    if (existsSync(report)) waited += 1_000;
    if (waited > OPEN_HANDLES_MS) {
      aborting.abort(new Error('the tests ended, but Jest did not: a test left a process, server or timer open'));
    }
  }, 1_000);
  return { signal: aborting.signal, stop: () => clearInterval(timer) };
}

async function jest(project: string): Promise<Count> {
  const folder = mkdtempSync(join(tmpdir(), 'auditrail-test-'));
  const file = join(folder, 'report.json');
  const { signal, stop } = abortOnOpenHandles(file);
  try {
    const args = [
      '--conditions=@auditrail/source',
      inRoot('node_modules/jest/bin/jest.js'),
      '--selectProjects',
      project,
    ];
    // Jest's --json also prints the report on standard output.
    const options = { cwd: ROOT, hideOutput: true, signal };
    const code = await runVisibly(process.execPath, [...args, '--json', `--outputFile=${file}`], options);
    if (!existsSync(file)) throw new Error(`Jest ended with exit code ${code} and wrote no report`);
    const report = jestReport.parse(JSON.parse(readFileSync(file, 'utf8')));
    // A test file that does not load has no tests in the report: it counts as one failure.
    const failed = Math.max(report.numFailedTests, report.numFailedTestSuites, code === 0 && report.success ? 0 : 1);
    return { passed: report.numPassedTests, failed };
  } finally {
    stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const SUITES: Suite[] = [
  { name: 'check', run: () => command('npm', ['run', '--silent', 'check']) },
  { name: 'plugin-build', run: () => command('npm', ['run', '--silent', 'build', '-w', 'grafana-plugin']) },
  { name: 'packages', run: checkPackages },
  { name: 'unit', run: () => jest('unit') },
  { name: 'plugin', run: () => jest('plugin') },
  { name: 'integration', run: () => jest('integration') },
  {
    name: 'browser',
    async run() {
      await ensureDebianPackage('chromium', 'chromium');
      return jest('browser');
    },
  },
];

async function runSuite(suite: Suite): Promise<Count> {
  const { name } = suite;
  console.log(`\n== ${name}`);
  const began = Date.now();
  let count: Count;
  try {
    count = await suite.run();
    if (count.passed + count.failed === 0) throw new Error('no tests ran');
  } catch (error) {
    console.error(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    count = { passed: 0, failed: 1 };
  }
  console.log(`== ${name}: ${count.passed} passed, ${count.failed} failed (${elapsed(began)})`);
  return count;
}

/**
 * `npm test`: runs all suites, or one with `--only`. The last line has the number of passed and failed tests; the exit code
 * is 1 if a test failed.
 */
export async function test(args: string[]): Promise<void> {
  const { only } = parseArgs({ args, options: { only: { type: 'string' } } }).values;
  const suites = SUITES.filter(({ name }) => only === undefined || name === only);
  if (suites.length === 0) {
    throw new Error(`unknown suite "${only}"; use one of: ${SUITES.map(({ name }) => name).join(', ')}`);
  }
  const total: Count = { passed: 0, failed: 0 };
  for (const suite of suites) {
    const { passed, failed } = await runSuite(suite);
    total.passed += passed;
    total.failed += failed;
  }
  console.log(`\n${total.passed} passed, ${total.failed} failed`);
  if (total.failed > 0) process.exitCode = 1;
}
