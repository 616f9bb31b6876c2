import { elapsed, type Progress } from '../progress.ts';
import { run, type RunResult } from './run.ts';

/** A Go program of the module in `folder`. */
export interface GoProgram {
  /** For people: `Loki 3.7.8`. */
  title: string;
  folder: string;
  /** Import path; `.` for the folder itself. */
  path: string;
  /** The output file. */
  target: string;
  env?: NodeJS.ProcessEnv;
  /** Aborts the build. */
  signal?: AbortSignal | undefined;
}

function requireSuccess(result: RunResult, what: string): RunResult {
  if (result.code === 0) return result;
  throw new Error(`${what} failed (exit code ${result.code}); the end of its log:\n${result.log}`);
}

/**
 * Checks that Go is installed and new enough for a module.
 *
 * @param minimum such as `1.26.5`
 * @throws Error with the remedy
 */
export async function requireGo(minimum: string, folder: string): Promise<void> {
  const remedy = `Install Go ${minimum} or newer (https://go.dev/dl/) and put it on the PATH.`;
  let version: string;
  try {
    const result = await run('go', ['env', 'GOVERSION'], { cwd: folder });
    if (result.code !== 0) throw new Error(result.log);
    version = result.output.trim();
  } catch (cause) {
    throw new Error(`Building Loki and the collector requires Go, but "go" was not found or does not run. ${remedy}`, {
      cause,
    });
  }
  const installed =
    /^go(\d+)\.(\d+)(?:\.(\d+))?/
      .exec(version)
      ?.slice(1)
      .map((part) => Number(part ?? 0)) ?? [];
  const required = minimum.split('.').map(Number);
  const difference = required.map((part, i) => (installed[i] ?? 0) - part).find((each) => each !== 0) ?? 0;
  if (difference < 0) {
    throw new Error(`Building Loki and the collector requires Go ${minimum}, but ${version} is installed. ${remedy}`);
  }
}

// The first packages are not enough for an estimate.
const MIN_SHARE = 0.15;

/** The estimated time left, for people; empty while it is too early for an estimate. @param done share, from 0 to 1 */
export function remaining(ms: number, done: number): string {
  if (done < MIN_SHARE) return '';
  const minutes = Math.ceil((ms * (1 - done)) / done / 60_000);
  return `, about ${minutes} min left`;
}

/**
 * Builds a Go program, stripped and without local paths, and reports the share of compiled packages as progress. Packages in
 * Go's build cache are not compiled again.
 *
 * @throws Error with the end of the compiler's log
 */
export async function goBuild(program: GoProgram, progress: Progress): Promise<void> {
  const { title, folder, path, target, env = process.env, signal } = program;
  const began = Date.now();
  let compiling = began;
  let downloads = 0;
  let compiled = 0;
  let packages = 0;
  const showProgress = () => {
    const done = packages ? Math.min(0.99, compiled / packages) : 0;
    const share = packages ? `, ${Math.floor(100 * done)} % compiled` : '';
    const left = remaining(Date.now() - compiling, done);
    const downloaded = downloads ? `, ${downloads} modules downloaded` : '';
    progress.update(`Building ${title}: ${elapsed(began)}${downloaded}${share}${left}`);
  };
  const timer = setInterval(showProgress, 1000);
  try {
    const onErrorLine = (line: string) => {
      if (line.startsWith('go: downloading')) downloads++;
      else if (!line.startsWith('go: ')) compiled++;
    };
    const listed = await run('go', ['list', '-deps', path], { cwd: folder, env, onErrorLine, signal });
    packages = requireSuccess(listed, `listing the packages of ${title}`).output.split('\n').length;
    compiled = 0;
    compiling = Date.now();
    const args = ['build', '-v', '-trimpath', '-ldflags', '-s -w', '-o', target, path];
    requireSuccess(await run('go', args, { cwd: folder, env, onErrorLine, signal }), `building ${title}`);
  } finally {
    clearInterval(timer);
  }
  progress.log(`Built ${title} in ${elapsed(began)}`);
}
