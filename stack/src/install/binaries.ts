import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { goBuild, requireGo } from './go-build.ts';
import { findExistingProgram } from './existing-program.ts';
import { withLock } from './lock.ts';
import { cacheFolder, inRoot } from '../paths.ts';
import { terminalProgress, type Progress } from '../progress.ts';
import { run } from './run.ts';

/** Paths of the stack's programs. */
export interface Binaries {
  loki: string;
  otelcol: string;
}

const LOKI = inRoot('stack/binaries/loki');
const MANIFEST = inRoot('collector-config/ocb.yaml');
const manifestSchema = z.looseObject({ dist: z.looseObject({ version: z.string() }) });

function versionOf(gomod: string, pattern: RegExp): string {
  const version = pattern.exec(gomod)?.[1];
  if (!version) throw new Error(`go.mod has no line that matches ${pattern.source}`);
  return version;
}

// The folder name includes everything that the built programs depend on: version, platform and sources.
function cacheName(name: string, version: string, sources: string[]): string {
  const hash = createHash('sha256');
  for (const source of sources) hash.update(source).update('\0');
  return `${name}-${version}-${process.platform}-${process.arch}-${hash.digest('hex').slice(0, 10)}`;
}

/**
 * The folder `name` of the cache. If it is missing, `build` fills a temporary folder, which is then renamed: a failed build
 * leaves nothing behind. Other processes wait instead of building the same programs.
 */
async function cached(name: string, progress: Progress, build: (folder: string) => Promise<void>): Promise<string> {
  const cache = cacheFolder();
  const folder = join(cache, name);
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  const waiting = (pid: number) => progress.update(`Waiting for process ${pid}, which is building ${name}`);
  await withLock(`${folder}.lock`, waiting, async () => {
    if (existsSync(folder)) return;
    const temporary = mkdtempSync(join(cache, '.building-'));
    try {
      await build(temporary);
      renameSync(temporary, folder);
    } finally {
      rmSync(temporary, { recursive: true, force: true });
    }
  });
  return folder;
}

const lokiModule = () => readFileSync(join(LOKI, 'go.mod'), 'utf8');
const lokiVersion = () => versionOf(lokiModule(), /^\s*github\.com\/grafana\/loki\/v3 v(\S+)/m);
const goVersion = () => versionOf(lokiModule(), /^go (\S+)$/m);

// Loki and logcli are built together because they share most of their packages.
async function lokiFolder(progress: Progress, signal?: AbortSignal): Promise<string> {
  const version = lokiVersion();
  return cached(cacheName('loki', version, [lokiModule()]), progress, async (target) => {
    await requireGo(goVersion(), LOKI);
    for (const name of ['loki', 'logcli']) {
      const title = `${name === 'loki' ? 'Loki' : name} ${version}`;
      const path = `github.com/grafana/loki/v3/cmd/${name}`;
      await goBuild({ title, folder: LOKI, path, target: join(target, name), signal }, progress);
    }
  });
}

async function ensureLoki(progress: Progress, signal?: AbortSignal): Promise<string> {
  const loki = { title: 'Loki', names: ['loki'], variable: 'AUDITRAIL_LOKI', version: lokiVersion() };
  return (await findExistingProgram(loki)) ?? join(await lokiFolder(progress, signal), 'loki');
}

/** Loki's command-line client, built and cached as in {@link ensureBinaries}. @returns the path of the program */
export async function ensureLogcli(progress: Progress = terminalProgress()): Promise<string> {
  return join(await lokiFolder(progress), 'logcli');
}

// Smaller distributions of the collector lack components that the configuration uses.
async function configProblem(otelcol: string): Promise<string | undefined> {
  const env = { ...process.env, AUDITRAIL_QUEUE: join(cacheFolder(), 'queue') };
  for (const name of ['LOKI_URL', 'TRACES_URL', 'KEEPER_URL'])
    Object.assign(env, { [`AUDITRAIL_${name}`]: 'http://127.0.0.1:1' });
  for (const name of ['COLLECTOR', 'COLLECTOR_GRAFANA', 'INTAKE'])
    Object.assign(env, { [`AUDITRAIL_${name}_TOKEN`]: 'none' });
  const configs = ['collector.yaml', 'traces.yaml', 'keeper.yaml'].map((name) => inRoot('collector-config', name));
  const args = ['validate', ...configs.flatMap((config) => ['--config', config])];
  const { code, log } = await run(otelcol, args, { env });
  return code === 0 ? undefined : `it rejects collector-config/collector.yaml: ${log.slice(0, 500)}`;
}

async function ensureCollector(progress: Progress, signal?: AbortSignal): Promise<string> {
  const text = readFileSync(MANIFEST, 'utf8');
  const manifest = manifestSchema.parse(parse(text));
  const { version } = manifest.dist;
  const existing = await findExistingProgram({
    ...{ title: 'the collector', names: ['otelcol-contrib', 'otelcol'], variable: 'AUDITRAIL_OTELCOL', version },
    problem: configProblem,
  });
  if (existing) return existing;
  const folder = await cached(cacheName('otelcol', version, [text]), progress, async (target) => {
    await requireGo(goVersion(), LOKI);
    const source = join(target, 'source');
    const config = join(target, 'ocb.yaml');
    writeFileSync(config, stringify({ ...manifest, dist: { ...manifest.dist, output_path: source } }));
    // ocb only writes the module and resolves its versions: goBuild compiles it, to show progress.
    const env = { ...process.env, GOFLAGS: `${process.env['GOFLAGS'] ?? ''} -mod=mod`.trim() };
    const builder = `go.opentelemetry.io/collector/cmd/builder@v${version}`;
    progress.update(`Writing the sources of the collector ${version}`);
    const generated = await run('go', ['run', builder, '--skip-compilation', '--config', config], {
      cwd: target,
      env,
      signal,
    });
    if (generated.code !== 0) throw new Error(`ocb ${version} failed; the end of its log:\n${generated.log}`);
    await goBuild(
      { title: `the collector ${version}`, folder: source, path: '.', target: join(target, 'otelcol'), env, signal },
      progress,
    );
    rmSync(source, { recursive: true });
  });
  return join(folder, 'otelcol');
}

// A program of a wrapper module, whose go.mod pins the versions.
async function ensureTool(name: string, module: string, program: string, progress: Progress): Promise<string> {
  const source = inRoot('stack/binaries', name);
  const gomod = readFileSync(join(source, 'go.mod'), 'utf8');
  const pinned = new RegExp(String.raw`^\s*${module.replaceAll('.', String.raw`\.`)} v(\S+)`, 'm');
  const version = versionOf(gomod, pinned);
  const folder = await cached(cacheName(name, version, [gomod]), progress, async (target) => {
    await requireGo(versionOf(gomod, /^go (\S+)$/m), source);
    const path = `${module}/${program}`;
    await goBuild({ title: `${name} ${version}`, folder: source, path, target: join(target, name) }, progress);
  });
  return join(folder, name);
}

/**
 * versitygw, an S3 server that stores objects in a folder, for tests; built and cached as in {@link ensureBinaries}.
 *
 * @returns the path of the program
 */
export function ensureVersitygw(progress: Progress = terminalProgress()): Promise<string> {
  return ensureTool('versitygw', 'github.com/versity/versitygw', 'cmd/versitygw', progress);
}

/** VictoriaLogs, to compare with in benchmarks; built and cached as in {@link ensureBinaries}. */
export function ensureVictoriaLogs(progress: Progress = terminalProgress()): Promise<string> {
  return ensureTool('victorialogs', 'github.com/VictoriaMetrics/VictoriaLogs', 'app/victoria-logs', progress);
}

/**
 * Builds the Go program of a folder with `go.mod`, once for each version of its sources, into the cache.
 *
 * @param sources the files that it is built from, without `go.mod` and `go.sum`
 * @returns the path of the program
 */
export async function ensureGoProgram(
  folder: string,
  sources: readonly string[],
  progress: Progress = terminalProgress(),
): Promise<string> {
  const texts = ['go.mod', 'go.sum', ...sources].map((name) => readFileSync(join(folder, name), 'utf8'));
  const gomod = texts[0] ?? '';
  const name = versionOf(gomod, /^module \S*?([\w-]+)$/m);
  const built = await cached(cacheName(name, 'program', texts), progress, async (target) => {
    await requireGo(versionOf(gomod, /^go (\S+)$/m), folder);
    await goBuild({ title: name, folder, path: '.', target: join(target, name) }, progress);
  });
  return join(built, name);
}

/**
 * Finds or builds Loki and the collector. Uses the programs that `AUDITRAIL_LOKI` and `AUDITRAIL_OTELCOL` name, or else those
 * on the PATH with the right version (`loki`; `otelcol-contrib`, `otelcol`). Otherwise builds them from Go modules, once per
 * version, into {@link cacheFolder}.
 *
 * @param signal aborts a build
 * @throws Error if a named program cannot be used, Go is missing or too old, or a build fails; the message has the remedy or
 *   the log
 * @example const { loki } = await ensureBinaries();
 */
export async function ensureBinaries(progress: Progress = terminalProgress(), signal?: AbortSignal): Promise<Binaries> {
  return { loki: await ensureLoki(progress, signal), otelcol: await ensureCollector(progress, signal) };
}
