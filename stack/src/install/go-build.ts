import { elapsed, type Progress } from '../progress.ts';
import { run, type RunResult } from './run.ts';

/** A Go program to build from the module in `folder`. */
export interface GoProgram {
  /** For people: `Loki 3.7.8`. */
  title: string;
  folder: string;
  /** Import path, `.` for the folder itself. */
  path: string;
  /** Where the program is written. */
  target: string;
  env?: NodeJS.ProcessEnv;
  /** Gives up. */
  signal?: AbortSignal | undefined;
}

function need(result: RunResult, what: string): RunResult {
  if (result.code === 0) return result;
  throw new Error(`${what} failed (exit code ${result.code}); the end of its log:\n${result.log}`);
}

/**
 * Checks that Go is there and new enough for a module.
 *
 * @param wanted such as `1.26.5`
 * @throws Error naming the remedy.
 */
export async function requireGo(wanted: string, folder: string): Promise<void> {
  const remedy = `Install Go ${wanted} or newer (https://go.dev/dl/) and put it on the PATH.`;
  let version: string;
  try {
    const result = await run('go', ['env', 'GOVERSION'], { cwd: folder });
    if (result.code !== 0) throw new Error(result.log);
    version = result.output.trim();
  } catch (cause) {
    throw new Error(`Loki and the collector are built with Go, and no usable "go" was found. ${remedy}`, { cause });
  }
  const have =
    /^go(\d+)\.(\d+)(?:\.(\d+))?/
      .exec(version)
      ?.slice(1)
      .map((part) => Number(part ?? 0)) ?? [];
  const want = wanted.split('.').map(Number);
  const difference = want.map((part, i) => (have[i] ?? 0) - part).find((each) => each !== 0) ?? 0;
  if (difference < 0) throw new Error(`Loki and the collector need Go ${wanted}, here is ${version}. ${remedy}`);
}

// What the first packages took says little.
const ENOUGH = 0.15;

/** About how long it will still take, for people; empty as long as nobody can know. */
export function remaining(ms: number, done: number): string {
  if (done < ENOUGH) return '';
  const minutes = Math.ceil((ms * (1 - done)) / done / 60_000);
  return `, about ${minutes} min left`;
}

/**
 * Builds a Go program, stripped and without paths of this machine, telling how far it is: the share of packages that are
 * compiled. What Go's own cache holds is not compiled again.
 *
 * @throws Error with the end of the compiler's log.
 */
export async function goBuild(program: GoProgram, progress: Progress): Promise<void> {
  const { title, folder, path, target, env = process.env, signal } = program;
  const began = Date.now();
  let compiling = began;
  let downloads = 0;
  let compiled = 0;
  let packages = 0;
  const tell = () => {
    const done = packages ? Math.min(0.99, compiled / packages) : 0;
    const share = packages ? `, ${Math.floor(100 * done)} % compiled` : '';
    const left = remaining(Date.now() - compiling, done);
    const got = downloads ? `, ${downloads} modules downloaded` : '';
    progress.update(`Building ${title}: ${elapsed(began)}${got}${share}${left}`);
  };
  const timer = setInterval(tell, 1000);
  try {
    const onErrorLine = (line: string) => {
      if (line.startsWith('go: downloading')) downloads++;
      else if (!line.startsWith('go: ')) compiled++;
    };
    const listed = await run('go', ['list', '-deps', path], { cwd: folder, env, onErrorLine, signal });
    packages = need(listed, `listing the packages of ${title}`).output.split('\n').length;
    compiled = 0;
    compiling = Date.now();
    const args = ['build', '-v', '-trimpath', '-ldflags', '-s -w', '-o', target, path];
    need(await run('go', args, { cwd: folder, env, onErrorLine, signal }), `building ${title}`);
  } finally {
    clearInterval(timer);
  }
  progress.say(`Built ${title} in ${elapsed(began)}`);
}
