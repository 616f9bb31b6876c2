import { copyFileSync, existsSync, mkdirSync, renameSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ensureDebianPackage } from '../install/debian.ts';
import type { PartOptions } from './part.ts';
import type { PartContext } from './parts.ts';
import { cacheFolder } from '../paths.ts';
import type { Progress } from '../progress.ts';
import { run } from '../install/run.ts';

const VERSION = '3.6.1';

async function ensureJar(progress: Progress): Promise<string> {
  const target = join(cacheFolder(), `zipkin-server-${VERSION}-exec.jar`);
  if (existsSync(target)) return target;
  const mvn = await ensureDebianPackage('maven', 'mvn');
  progress.log(`Downloading Zipkin ${VERSION} from Maven Central`);
  const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:get';
  const artifact = `io.zipkin:zipkin-server:${VERSION}:jar:exec`;
  const result = await run(mvn, ['-q', '-B', goal, `-Dartifact=${artifact}`, '-Dtransitive=false']);
  if (result.code !== 0)
    throw new Error(`mvn could not download ${artifact}: ${result.output.slice(-2000)}${result.log}`);
  const local = `io/zipkin/zipkin-server/${VERSION}/zipkin-server-${VERSION}-exec.jar`;
  mkdirSync(cacheFolder(), { recursive: true });
  copyFileSync(join(homedir(), '.m2/repository', local), `${target}.${process.pid}`);
  renameSync(`${target}.${process.pid}`, target);
  return target;
}

/** Zipkin with traces in memory: they are not evidence and need not be kept. */
export async function zipkinPart(context: PartContext, port: number, progress: Progress): Promise<PartOptions> {
  const java = await ensureDebianPackage('default-jre-headless', 'java');
  return {
    name: 'Zipkin',
    command: java,
    args: ['-Xmx256m', '-jar', await ensureJar(progress)],
    env: { QUERY_PORT: String(port), SERVER_ADDRESS: '127.0.0.1', STORAGE_TYPE: 'mem', SELF_TRACING_ENABLED: 'false' },
    logFile: join(context.dataDir, 'logs', 'zipkin.log'),
    readyUrl: `http://127.0.0.1:${port}/health`,
    startTimeoutMs: 90_000,
    onCrash: context.onCrash,
  };
}
