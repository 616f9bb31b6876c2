import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { AuditEntryInput } from '@auditrail/core';
import { detectionRules, parseSettings, type Rule, type Settings } from '@auditrail/core/detections';
import { serve as listen, type ServerType } from '@hono/node-server';
import { Analyser } from '../analyser/analyser.ts';
import type { AnalyserSettings } from '../analyser/settings.ts';
import { Archiver, type ArchiverOptions } from '../archive/archiver.ts';
import { ChainWatch } from '../chains/chain-watch.ts';
import { CatchUp, type CatchUpOptions } from '../catch-up/catch-up.ts';
import { catchUpMetrics } from '../catch-up/metrics.ts';
import { Days, type DaysOptions } from '../days/days.ts';
import { createIntakeApi } from '../days/intake-api.ts';
import { SetAside } from '../days/set-aside.ts';
import type { TenantTokens } from '../gateway-tokens/index.ts';
import type { PipelineFinding } from '../pipeline/finding.ts';
import { PipelineWatch, type PipelineWatchOptions } from '../pipeline/watch.ts';
import { createApi } from './api.ts';
import type { GrafanaAccess } from './authenticate.ts';
import { openDatabase } from './database.ts';
import { expireExports } from './expiry.ts';
import { ExportService } from './export-service.ts';
import { ExportStore } from './export-store.ts';
import { GrafanaIdentity, type GrafanaIdentityOptions } from './grafana-identity.ts';
import { Jobs, type Engine } from './jobs.ts';
import { stderrLog, type ServeLog } from './log.ts';
import { acquireSingleInstanceLock } from './single-instance-lock.ts';
import { DEFAULT_RATES, RateLimits, type RateLimitOptions } from './rate-limits.ts';
import { folderStorage, type ExportStorage } from './storage.ts';
import { Tokens } from './tokens.ts';
import { ExportTrail } from './trail.ts';

/** Default options. */
export const SERVE_DEFAULTS = {
  host: '127.0.0.1',
  port: 8090,
  concurrency: 2,
  maxBytes: 20_000_000_000,
  keepMs: 7 * 24 * 3_600_000,
} as const;

export interface ServeOptions {
  /** The keeper's own folder: state, running exports, finished ones (without `storage`), undelivered entries. */
  folder: string;
  /** Writes the files of exports. */
  engine: Engine;
  /** Destination of entries about exports: the OTLP base address, and a token to write each tenant. */
  collector: { url: string; tokens: TenantTokens };
  /** Grafana, if people come through it: the bearer token of its route, its organizations and their tenants. */
  grafana?: (GrafanaIdentityOptions & { token: string; orgs: ReadonlyMap<number, string> }) | undefined;
  /**
   * Where the collector hands every entry to, with its bearer token, and how the entries are kept. Default: nowhere; then
   * everything is read from Loki.
   */
  intake?: IntakeServerOptions | undefined;
  /** The settings of the alert rules: overrides of the catalogue. Default: none. */
  detections?: Settings | undefined;
  /** Where closed days are archived. Needs the intake. Default: nowhere. */
  archive?: ArchiverOptions | undefined;
  /** Parts of the pipeline to watch, for the page's warning. Default: none. */
  pipeline?: PipelineWatchOptions;
  /** Default: a folder within `folder`. */
  storage?: ExportStorage | undefined;
  host?: string;
  /** 0 uses a free port. */
  port?: number;
  concurrency?: number;
  maxBytes?: number;
  keepMs?: number;
  rates?: RateLimitOptions;
  /** Maximum time until the collector accepts an entry, in milliseconds. */
  entryTimeoutMs?: number;
  log?: ServeLog;
  /** The clock, in milliseconds since 1970. */
  now?: () => number;
}

interface IntakeServerOptions extends Pick<
  DaysOptions,
  'flushRows' | 'flushMs' | 'closeAfterMs' | 'settleMs' | 'memoryBytes' | 'everyMs'
> {
  token: string;
  /** What the analyser looks for. */
  analyser?: Partial<AnalyserSettings> | undefined;
  /** Address of Loki, if its ruler can be asked when it evaluates rules. */
  rulerUrl?: string | undefined;
  /** What the entries are compared with, so that the keeper misses none. Default: nothing. */
  catchUp?: CatchUpOptions | undefined;
  /** Default 127.0.0.1. */
  host?: string;
  /** 0 uses a free port. */
  port: number;
}

/** A running keeper. */
export interface RunningKeeper {
  url: string;
  /** Base address of the intake, if there is one. */
  intakeUrl?: string;
  tokens: Tokens;
  /** Stops; the next start continues running exports. */
  stop(): Promise<void>;
}

const urlOf = ({ family, address, port }: AddressInfo) =>
  `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;

interface Bound {
  server: ServerType;
  address: AddressInfo;
}

async function close({ server }: Bound): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  if ('closeAllConnections' in server) server.closeAllConnections();
  await closed;
}

interface RunningIntake {
  days: Days;
  catchUp: CatchUp | undefined;
  url: string;
  findings(): Promise<PipelineFinding[]>;
  stop(): Promise<void>;
}

async function startIntake(
  { token, host = '127.0.0.1', port, catchUp: comparing, analyser: settings, rulerUrl, ...how }: IntakeServerOptions,
  {
    folder,
    now,
    trail,
    rules,
    ...common
  }: Pick<DaysOptions, 'db' | 'folder' | 'log'> & { now: () => number; trail: ExportTrail; rules: readonly Rule[] },
  archive?: ArchiverOptions,
): Promise<RunningIntake> {
  // An analysis begins after the start, when all entries of before are there.
  const later: { analyser?: Analyser } = {};
  const onAdded: DaysOptions['onAdded'] = (tenant, copies) => later.analyser?.added(tenant, copies);
  const days = await Days.open({ ...how, ...common, now, onAdded, folder: join(folder, 'days') });
  const setAside = new SetAside(join(folder, 'set-aside'));
  const { db, log } = common;
  const catchUp = comparing && new CatchUp(comparing, { db, days, log, now });
  const archiver = archive && new Archiver({ ...archive, ...common, now, days, folder: join(folder, 'archive-work') });
  const record = (tenant: string, entry: AuditEntryInput) => trail.record(tenant, entry);
  const analyser = new Analyser({ ...common, days, record, settings, rules, rulerUrl, now, everyMs: how.everyMs });
  later.analyser = analyser;
  const chains = new ChainWatch({ days, record, log, now });
  const metrics = () => catchUpMetrics(catchUp) + (archiver?.metrics() ?? '') + analyser.metrics();
  try {
    const bound = await bind(createIntakeApi({ days, setAside, token, metrics, log, now }).fetch, host, port);
    archiver?.start();
    catchUp?.start();
    analyser.start();
    chains.start();
    return {
      ...{ days, catchUp, url: urlOf(bound.address) },
      findings: async () => [await setAside.check(), ...(archiver?.findings() ?? []), ...(catchUp?.findings() ?? [])],
      async stop() {
        await catchUp?.stop();
        await close(bound);
        await archiver?.stop();
        await analyser.stop();
        await chains.stop();
        await days.close();
      },
    };
  } catch (error) {
    await days.close();
    throw error;
  }
}

const EXPIRE_EVERY_MS = 3_600_000;

function bind(fetch: Parameters<typeof listen>[0]['fetch'], hostname: string, port: number) {
  return new Promise<Bound>((resolve, reject) => {
    const server = listen({ fetch, hostname, port }, (address) => resolve({ server, address }));
    server.once('error', reject);
  });
}

/**
 * Starts the keeper's server: background exports, their HTTP API and their cleanup.
 *
 * @throws Error if the folder is in use or of a newer version, or the port is in use
 */
export async function serve(options: ServeOptions): Promise<RunningKeeper> {
  const { folder, engine, collector, log = stderrLog, now = Date.now } = options;
  const { host, port, concurrency, maxBytes, keepMs } = { ...SERVE_DEFAULTS, ...options };
  const db = openDatabase(folder);
  const giveFree = acquireSingleInstanceLock(folder);
  const store = new ExportStore(db);
  const tokens = new Tokens(db);
  const storage = options.storage ?? folderStorage(join(folder, 'files'));
  const { entryTimeoutMs: timeoutMs } = options;
  const trail = new ExportTrail({
    ...{ endpoint: collector.url, tokens: collector.tokens, spool: join(folder, 'spool'), log },
    ...(timeoutMs !== undefined && { timeoutMs }),
  });
  const workFolder = join(folder, 'work');
  const jobs = new Jobs({ store, storage, trail, engine, log, workFolder, concurrency, maxBytes, keepMs, now });
  const grafana: GrafanaAccess | undefined = options.grafana && {
    token: options.grafana.token,
    orgs: options.grafana.orgs,
    identity: new GrafanaIdentity(options.grafana),
  };
  const start = async () => {
    const intake =
      options.intake &&
      (await startIntake(
        options.intake,
        { db, folder, log, now, trail, rules: detectionRules(options.detections ?? parseSettings({})) },
        options.archive,
      ));
    const own = intake && {
      ownFindings: () => intake.findings(),
      onKeeperMisses: () => intake.catchUp?.compareEverything(),
    };
    const watch = new PipelineWatch({ ...options.pipeline, ...own }, log, now);
    const app = createApi({
      ...{ tokens, grafana, watch, log, days: intake?.days, catchUp: intake?.catchUp },
      detections: { settings: options.detections, now },
      signer: engine.signer,
      service: new ExportService({ store, storage, trail, jobs, now }),
      rates: new RateLimits(options.rates ?? DEFAULT_RATES),
      isHealthy: () => db.isOpen,
    });
    try {
      return { intake, watch, bound: await bind(app.fetch, host, port) };
    } catch (error) {
      await intake?.stop();
      throw error;
    }
  };
  let expiring: Promise<void> = Promise.resolve();
  const expire = () => {
    expiring = expireExports({ store, storage, trail, log }, now()).catch((error: unknown) => {
      log('error', 'cleanup failed', { reason: String(error) });
    });
  };
  const { intake, watch, bound } = await start().catch((error: unknown) => {
    giveFree();
    db.close();
    throw error;
  });
  await jobs.start();
  expire();
  watch.start();
  const timer = setInterval(expire, EXPIRE_EVERY_MS);
  const url = urlOf(bound.address);
  log('info', 'serving', { url, grafana: options.grafana?.url, concurrency, intake: intake?.url });
  return {
    url,
    ...(intake && { intakeUrl: intake.url }),
    tokens,
    async stop() {
      clearInterval(timer);
      await watch.stop();
      await close(bound);
      await intake?.stop();
      await jobs.stop();
      await expiring;
      await trail.close();
      db.close();
      giveFree();
    },
  };
}
