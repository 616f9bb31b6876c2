import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkLokiConfig } from 'auditrail';
import { ensureBinaries } from '../install/binaries.ts';
import { ensureDebianPackage } from '../install/debian.ts';
import { createPart, type Part } from './part.ts';
import {
  collectorPart,
  gatewayPart,
  LOKI_CONFIG,
  lokiPart,
  type InternalTokens,
  type KeeperIntake,
  type PartContext,
  type Tokens,
} from './parts.ts';
import { inRoot } from '../paths.ts';
import { freePort } from './ports.ts';
import { terminalProgress, type Progress } from '../progress.ts';
import { tenantTokens } from './tenant-tokens.ts';
import { zipkinPart } from './zipkin.ts';

export interface StackOptions {
  /** The folder for data, queue and logs. Default: a new temporary folder. */
  dataDir?: string;
  /** Keep the data when the stack stops. Default: `true` if `dataDir` is set. */
  keep?: boolean;
  /** Tokens behind the gateway. Default: random. */
  internal?: Partial<InternalTokens>;
  /** Also start Zipkin, and send traces to it. */
  zipkin?: boolean;
  /** The folder of Loki's rule files, `<tenant>/*.yaml`. Default: `provisioning/loki/rules`. */
  rulesDir?: string;
  /** The evaluation interval of rules. Default: `1m`. */
  ruleEvery?: string;
  /** The Alertmanager that the ruler sends alerts to, and Grafana's address for their links. */
  alerts?: { alertmanagerUrl: string; grafanaUrl: string };
  /** The file with limits per tenant. Default: `provisioning/loki/overrides.yaml`. */
  overrides?: string;
  /** Starts a proxy between the collector and Loki, such as one that fails on purpose; returns the proxy's URL. */
  between?: (lokiUrl: string) => Promise<string>;
  /** A keeper that receives each entry, too; `own` is that of `startKeeper`. Default: entries are sent to Loki only. */
  keeperIntake?: KeeperIntake | 'own';
  /** Called with the end of its log if a part ends unexpectedly. Default: prints to standard error. */
  onCrash?: (message: string) => void;
  progress?: Progress;
}

export interface StackUrls {
  loki: string;
  /** For reading, sending entries and exports. */
  gateway: string;
  /** The OTLP base URL for applications and Grafana, without `/v1/logs`. Same as `gateway`. */
  collector: string;
  /** The collector's own metrics, in Prometheus format. */
  collectorMetrics: string;
  zipkin?: string;
}

/** Addresses and tokens behind the gateway, for tests. */
export interface BehindGateway {
  collectorUrl: string;
  collectorGrafanaUrl: string;
  /** The address at which the gateway expects a keeper. */
  keeperUrl: string;
  /** The address at which the collector expects the intake of the stack's own keeper, if it sends entries there. */
  intakeUrl?: string;
  tokens: InternalTokens;
}

/** A running stack. Ends with {@link RunningStack.stop}, or with this process. */
export interface RunningStack {
  urls: StackUrls;
  /** Returns the gateway tokens of a tenant; creates them at the first call. */
  tokensFor: (tenant: string) => Tokens;
  /** The gateway's token file. */
  tokensFile: string;
  behind: BehindGateway;
  dataDir: string;
  loki: Part;
  collector: Part;
  gateway: Part;
  zipkin?: Part;
  stop(): Promise<void>;
}

const newToken = () => randomBytes(24).toString('hex');
const local = (port: number) => `http://127.0.0.1:${port}`;

// As the doctor in docker-compose.yml: Loki does not start if it would delete entries too early.
function refuseShortRetention(overrides: string): void {
  const bad = checkLokiConfig(LOKI_CONFIG, { overrides: [overrides] }).filter(({ ok }) => !ok);
  if (bad.length > 0) throw new Error(bad.map(({ what, remedy }) => `${what}: ${remedy}`).join('\n'));
}

/** A stack of which only the gateway runs. Its addresses and tokens do not change. */
export interface OpenStack extends Pick<RunningStack, 'urls' | 'tokensFor' | 'tokensFile' | 'behind' | 'dataDir'> {
  /**
   * Starts the other parts, and builds them first if needed. Resolves when all are ready.
   *
   * @throws Error if a part cannot be built or does not become ready; the other parts are stopped
   */
  start(): Promise<RunningStack>;
  /** Stops all parts, and aborts a build. */
  stop(): Promise<void>;
}

/**
 * Opens a stack on free ports of 127.0.0.1 and starts its gateway. Applications can start before Loki and the collector:
 * until then the gateway responds with 502, and entries wait in the spools.
 *
 * @throws Error with the end of the gateway's log if it does not start
 * @example
 * const stack = await openStack({ dataDir: '.data' });
 * startShop({ endpoint: stack.urls.collector });
 * await stack.start();
 */
export async function openStack(options: StackOptions = {}): Promise<OpenStack> {
  const { progress = terminalProgress(), onCrash = (message) => console.error(message), zipkin = false } = options;
  const overrides = options.overrides ?? inRoot('provisioning/loki/overrides.yaml');
  refuseShortRetention(overrides);
  const nginx = await ensureDebianPackage('nginx-light', 'nginx');

  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'auditrail-'));
  const keep = options.keep ?? options.dataDir !== undefined;
  for (const folder of ['logs', 'loki', 'collector-queue', 'tokens'])
    mkdirSync(join(dataDir, folder), { recursive: true });
  const context: PartContext = { dataDir, onCrash };
  const internal: InternalTokens = {
    ...{ collector: newToken(), collectorGrafana: newToken(), keeper: newToken(), intake: newToken() },
    ...options.internal,
  };
  // Tokens of an earlier run are not known any more.
  const tokensFile = join(dataDir, 'tokens', 'tokens');
  writeFileSync(tokensFile, '');

  const ports = {
    ...{ gateway: await freePort(), loki: await freePort(), zipkin: await freePort(), keeper: await freePort() },
    ...{ collector: await freePort(), collectorGrafana: await freePort(), collectorMetrics: await freePort() },
  };
  const behind: BehindGateway = {
    collectorUrl: local(ports.collector),
    collectorGrafanaUrl: local(ports.collectorGrafana),
    keeperUrl: local(ports.keeper),
    ...(options.keeperIntake === 'own' && { intakeUrl: local(await freePort()) }),
    tokens: internal,
  };
  const own = behind.intakeUrl && { url: behind.intakeUrl, token: internal.intake };
  const keeperIntake = options.keeperIntake === 'own' ? own : options.keeperIntake;
  const urls: StackUrls = {
    loki: local(ports.loki),
    gateway: local(ports.gateway),
    collector: local(ports.gateway),
    collectorMetrics: `${local(ports.collectorMetrics)}/metrics`,
    ...(zipkin && { zipkin: local(ports.zipkin) }),
  };
  const gateway = createPart(
    gatewayPart(context, {
      ...{ program: nginx, port: ports.gateway, authPort: await freePort(), tokensFile, internal },
      ...{ lokiUrl: urls.loki, collectorUrl: behind.collectorUrl, collectorGrafanaUrl: behind.collectorGrafanaUrl },
      keeperUrl: behind.keeperUrl,
    }),
  );
  // Stopped in this order: senders before receivers, so that data in transit arrives.
  const parts = [gateway];
  const building = new AbortController();
  const stop = async () => {
    building.abort(new Error('stopped'));
    for (const part of parts) await part.stop();
    if (!keep) rmSync(dataDir, { recursive: true, force: true });
  };
  const startOrStop = async (starting: Part[]) => {
    const started = await Promise.allSettled(starting.map((part) => part.start()));
    const failures = started.flatMap((result) => (result.status === 'rejected' ? [result.reason as Error] : []));
    if (failures.length === 0) return;
    await stop();
    throw new AggregateError(failures, failures.map(({ message }) => message).join('\n'));
  };
  await startOrStop([gateway]);

  const open = { urls, tokensFor: tenantTokens(tokensFile), tokensFile, behind, dataDir, stop };
  const start = async (): Promise<RunningStack> => {
    const programs = await ensureBinaries(progress, building.signal).catch(async (error: unknown) => {
      await stop();
      throw error;
    });
    const defaultRules = inRoot('provisioning/loki/rules');
    const loki = createPart(
      lokiPart(context, {
        program: programs.loki,
        port: ports.loki,
        grpcPort: await freePort(),
        rulesDir: options.rulesDir ?? (existsSync(defaultRules) ? defaultRules : join(dataDir, 'loki')),
        overrides,
        ruleEvery: options.ruleEvery ?? '1m',
        ...options.alerts,
      }),
    );
    const collector = createPart(
      collectorPart(context, {
        program: programs.otelcol,
        port: ports.collector,
        grafanaPort: ports.collectorGrafana,
        healthPort: await freePort(),
        metricsPort: ports.collectorMetrics,
        lokiUrl: (await options.between?.(urls.loki)) ?? urls.loki,
        internal,
        ...(urls.zipkin && { tracesUrl: `${urls.zipkin}/api/v2/spans` }),
        ...(keeperIntake && { keeper: keeperIntake }),
      }),
    );
    const zipkinServer = zipkin ? createPart(await zipkinPart(context, ports.zipkin, progress)) : undefined;
    const rest = [collector, loki, ...(zipkinServer ? [zipkinServer] : [])];
    building.signal.throwIfAborted();
    parts.push(...rest);
    await startOrStop(rest);
    return { ...open, loki, collector, gateway, ...(zipkinServer && { zipkin: zipkinServer }) };
  };
  return { ...open, start };
}

/**
 * Starts Loki, the collector and the gateway as child processes on free ports of 127.0.0.1, and builds them first if needed.
 * Resolves when all are ready.
 *
 * @throws Error with the end of the log if a part cannot be built or does not become ready; the other parts are stopped
 * @example
 * const stack = await startStack({ dataDir: '.data' });
 * console.log(stack.urls.gateway, stack.tokensFor('acme').write);
 * await stack.stop();
 */
export async function startStack(options: StackOptions = {}): Promise<RunningStack> {
  return (await openStack(options)).start();
}
