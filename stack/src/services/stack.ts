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
  type Place,
  type Tokens,
} from './parts.ts';
import { inRoot } from '../paths.ts';
import { freePort } from './ports.ts';
import { terminalProgress, type Progress } from '../progress.ts';
import { tenantTokens } from './tenant-tokens.ts';
import { zipkinPart } from './zipkin.ts';

export interface StackOptions {
  /** Data, queue and logs; a new temporary folder by default. */
  dataDir?: string;
  /** Keep what is stored when the stack stops; by default a folder given by the caller is kept, a temporary one is not. */
  keep?: boolean;
  /** Tokens behind the gateway; random by default. */
  internal?: Partial<InternalTokens>;
  /** Also start Zipkin, and pass traces on to it. */
  zipkin?: boolean;
  /** Folder of `<tenant>/*.yaml` ruler files; `provisioning/loki/rules` by default. */
  rulesDir?: string;
  /** How often rules are evaluated, such as `1s`. */
  ruleEvery?: string;
  /** Limits per tenant; `provisioning/loki/overrides.yaml` by default. */
  overrides?: string;
  /** Puts something between the collector and Loki, such as a test's proxy that refuses: gets Loki's address, gives its own. */
  between?: (lokiUrl: string) => Promise<string>;
  /** Told when a part ends unasked, with the end of its log; by default written to standard error. */
  onCrash?: (message: string) => void;
  progress?: Progress;
}

export interface StackUrls {
  loki: string;
  /** The one way in: reads, entries, exports. */
  gateway: string;
  /** OTLP base address of applications and of Grafana, `/v1/logs` is added: the gateway. */
  collector: string;
  /** The collector's own metrics, in Prometheus' format. */
  collectorMetrics: string;
  zipkin?: string;
}

/** What only the gateway knows and reaches, for tests of the parts behind it. */
export interface BehindGateway {
  collectorUrl: string;
  collectorGrafanaUrl: string;
  /** Where the gateway expects a keeper. */
  keeperUrl: string;
  tokens: InternalTokens;
}

/** A stack that runs. Ends with {@link RunningStack.stop}, or with this process. */
export interface RunningStack {
  urls: StackUrls;
  /** The gateway tokens of a tenant; made when they are first asked for. */
  tokensFor: (tenant: string) => Tokens;
  /** The gateway's file of tokens. */
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

// The guard that containers have too (docker-compose.yml): Loki does not start where it would throw entries away early.
function refuseShortRetention(overrides: string): void {
  const bad = checkLokiConfig(LOKI_CONFIG, { overrides: [overrides] }).filter(({ ok }) => !ok);
  if (bad.length > 0) throw new Error(bad.map(({ what, remedy }) => `${what}: ${remedy}`).join('\n'));
}

/** A stack whose addresses and tokens hold already, and whose gateway answers. */
export interface OpenStack extends Pick<RunningStack, 'urls' | 'tokensFor' | 'tokensFile' | 'behind' | 'dataDir'> {
  /**
   * Starts the rest, building it first if needed; resolves when all are ready.
   *
   * @throws Error if a part cannot be built or does not become ready; the others are stopped
   */
  start(): Promise<RunningStack>;
  /** Stops what runs, and ends a build. */
  stop(): Promise<void>;
}

/**
 * Opens a stack on free ports of 127.0.0.1 with its gateway alone, so that applications can start before Loki and the
 * collector are there: until then the gateway answers 502, and their entries wait in their spools.
 *
 * @throws Error if the gateway does not start; the message holds the end of its log
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
  const place: Place = { dataDir, onCrash };
  const internal: InternalTokens = {
    ...{ collector: newToken(), collectorGrafana: newToken(), keeper: newToken() },
    ...options.internal,
  };
  // Each start makes tokens anew: nobody keeps those of the last one.
  const tokensFile = join(dataDir, 'tokens', 'tokens');
  writeFileSync(tokensFile, '');

  const ports = { loki: await freePort(), collector: await freePort(), grafana: await freePort() };
  const further = { gateway: await freePort(), metrics: await freePort(), zipkin: await freePort() };
  const behind: BehindGateway = {
    collectorUrl: local(ports.collector),
    collectorGrafanaUrl: local(ports.grafana),
    keeperUrl: local(await freePort()),
    tokens: internal,
  };
  const urls: StackUrls = {
    loki: local(ports.loki),
    gateway: local(further.gateway),
    collector: local(further.gateway),
    collectorMetrics: `${local(further.metrics)}/metrics`,
    ...(zipkin && { zipkin: local(further.zipkin) }),
  };
  const gateway = createPart(
    gatewayPart(place, {
      ...{ program: nginx, port: further.gateway, authPort: await freePort(), tokensFile, internal },
      ...{ lokiUrl: urls.loki, collectorUrl: behind.collectorUrl, collectorGrafanaUrl: behind.collectorGrafanaUrl },
      keeperUrl: behind.keeperUrl,
    }),
  );
  // Whoever sends stops first, so that the store takes what is still on its way.
  const parts = [gateway];
  const building = new AbortController();
  const stop = async () => {
    building.abort(new Error('stopped'));
    for (const part of parts) await part.stop();
    if (!keep) rmSync(dataDir, { recursive: true, force: true });
  };
  const orStop = async (starting: Promise<void>[]) => {
    const started = await Promise.allSettled(starting);
    const failures = started.flatMap((result) => (result.status === 'rejected' ? [result.reason as Error] : []));
    if (failures.length === 0) return;
    await stop();
    throw new AggregateError(failures, failures.map(({ message }) => message).join('\n'));
  };
  await orStop([gateway.start()]);

  const open = { urls, tokensFor: tenantTokens(tokensFile), tokensFile, behind, dataDir, stop };
  const start = async (): Promise<RunningStack> => {
    const programs = await ensureBinaries(progress, building.signal).catch(async (error: unknown) => {
      await stop();
      throw error;
    });
    const defaultRules = inRoot('provisioning/loki/rules');
    const loki = createPart(
      lokiPart(place, {
        program: programs.loki,
        port: ports.loki,
        grpcPort: await freePort(),
        rulesDir: options.rulesDir ?? (existsSync(defaultRules) ? defaultRules : join(dataDir, 'loki')),
        overrides,
        ruleEvery: options.ruleEvery ?? '1m',
      }),
    );
    const collector = createPart(
      collectorPart(place, {
        program: programs.otelcol,
        port: ports.collector,
        grafanaPort: ports.grafana,
        healthPort: await freePort(),
        metricsPort: further.metrics,
        lokiUrl: (await options.between?.(urls.loki)) ?? urls.loki,
        internal,
        ...(urls.zipkin && { tracesUrl: `${urls.zipkin}/api/v2/spans` }),
      }),
    );
    const zipkinServer = zipkin ? createPart(await zipkinPart(place, further.zipkin, progress)) : undefined;
    const rest = [collector, loki, ...(zipkinServer ? [zipkinServer] : [])];
    building.signal.throwIfAborted();
    parts.push(...rest);
    await orStop(rest.map((part) => part.start()));
    return { ...open, loki, collector, gateway, ...(zipkinServer && { zipkin: zipkinServer }) };
  };
  return { ...open, start };
}

/**
 * Starts Loki, the collector and the gateway as child processes on free ports of 127.0.0.1, building them first if
 * needed; resolves when all are ready.
 *
 * @throws Error if a part cannot be built or does not become ready; the others are stopped, the message holds the end
 *   of its log.
 * @example
 * const stack = await startStack({ dataDir: '.data' });
 * console.log(stack.urls.gateway, stack.tokensFor('acme').write);
 * await stack.stop();
 */
export async function startStack(options: StackOptions = {}): Promise<RunningStack> {
  return (await openStack(options)).start();
}
