import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PartOptions } from './part.ts';
import { inRoot } from '../paths.ts';

/** Settings that all parts share. */
export interface PartContext {
  /** The folder for data and logs. */
  dataDir: string;
  onCrash: (message: string) => void;
}

/** The gateway tokens of one tenant. */
export interface Tokens {
  /** For applications. */
  write: string;
  /** For the Grafana app. */
  grafana: string;
  /** For readers. */
  read: string;
}

/** The bearer tokens that the gateway sends to the services behind it. */
export interface InternalTokens {
  /** To the collector, for entries of applications. */
  collector: string;
  /** To the collector, for entries of the Grafana app. */
  collectorGrafana: string;
  /** To the keeper. */
  keeper: string;
  /** From the collector to the keeper's intake. */
  intake: string;
}

/** The keeper to which the collector sends each entry, too. */
export interface KeeperIntake {
  /** Its address, without `/v1/logs`. */
  url: string;
  token: string;
  /** How much may wait for it, in bytes. Default: 1 GB. */
  queueBytes?: number;
}

const logFile = ({ dataDir }: PartContext, name: string) => join(dataDir, 'logs', `${name}.log`);

export interface LokiSettings {
  program: string;
  port: number;
  grpcPort: number;
  rulesDir: string;
  overrides: string;
  /** The evaluation interval of rules, in Loki's format: `1m`. */
  ruleEvery: string;
  /** The Alertmanager that the ruler sends alerts to. */
  alertmanagerUrl?: string | undefined;
  /** Grafana's address, for the links of alerts. */
  grafanaUrl?: string | undefined;
}

export const LOKI_CONFIG = inRoot('provisioning/loki/loki.yaml');

export function lokiPart(context: PartContext, settings: LokiSettings): PartOptions {
  return {
    name: 'Loki',
    command: settings.program,
    args: [
      ...['-config.expand-env=true', `-config.file=${LOKI_CONFIG}`],
      ...(settings.grafanaUrl ? [`-ruler.external.url=${settings.grafanaUrl}`] : []),
    ],
    env: {
      LOKI_ADDRESS: '127.0.0.1',
      LOKI_HTTP_PORT: String(settings.port),
      LOKI_GRPC_PORT: String(settings.grpcPort),
      LOKI_DATA: join(context.dataDir, 'loki'),
      LOKI_RULES: settings.rulesDir,
      LOKI_OVERRIDES: settings.overrides,
      LOKI_RULE_EVERY: settings.ruleEvery,
      ...(settings.alertmanagerUrl && { LOKI_ALERTMANAGER: settings.alertmanagerUrl }),
    },
    logFile: logFile(context, 'loki'),
    readyUrl: `http://127.0.0.1:${settings.port}/ready`,
    onCrash: context.onCrash,
  };
}

export interface CollectorSettings {
  program: string;
  port: number;
  grafanaPort: number;
  healthPort: number;
  metricsPort: number;
  lokiUrl: string;
  internal: Pick<InternalTokens, 'collector' | 'collectorGrafana'>;
  /** Receives traces in Zipkin's format. Without it the collector accepts no traces. */
  tracesUrl?: string;
  /** Without it the collector sends entries to Loki only. */
  keeper?: KeeperIntake;
}

export function collectorPart(context: PartContext, settings: CollectorSettings): PartOptions {
  const { tracesUrl, keeper } = settings;
  const configs = [inRoot('collector-config/collector.yaml')];
  if (tracesUrl) configs.push(inRoot('collector-config/traces.yaml'));
  if (keeper) configs.push(inRoot('collector-config/keeper.yaml'));
  return {
    name: 'the collector',
    command: settings.program,
    args: configs.flatMap((config) => ['--config', config]),
    env: {
      AUDITRAIL_COLLECTOR_TOKEN: settings.internal.collector,
      AUDITRAIL_COLLECTOR_GRAFANA_TOKEN: settings.internal.collectorGrafana,
      AUDITRAIL_LOKI_URL: settings.lokiUrl,
      AUDITRAIL_QUEUE: join(context.dataDir, 'collector-queue'),
      AUDITRAIL_OTLP_ADDRESS: `127.0.0.1:${settings.port}`,
      AUDITRAIL_GRAFANA_ADDRESS: `127.0.0.1:${settings.grafanaPort}`,
      AUDITRAIL_HEALTH_ADDRESS: `127.0.0.1:${settings.healthPort}`,
      AUDITRAIL_METRICS_HOST: '127.0.0.1',
      AUDITRAIL_METRICS_PORT: String(settings.metricsPort),
      ...(tracesUrl && { AUDITRAIL_TRACES_URL: tracesUrl }),
      ...(keeper && { AUDITRAIL_KEEPER_URL: keeper.url, AUDITRAIL_INTAKE_TOKEN: keeper.token }),
      ...(keeper?.queueBytes && { AUDITRAIL_KEEPER_QUEUE_BYTES: String(keeper.queueBytes) }),
    },
    logFile: logFile(context, 'collector'),
    readyUrl: `http://127.0.0.1:${settings.healthPort}/`,
    onCrash: context.onCrash,
  };
}

export interface GatewaySettings {
  program: string;
  port: number;
  /** For the gateway's own token check. */
  authPort: number;
  tokensFile: string;
  lokiUrl: string;
  collectorUrl: string;
  collectorGrafanaUrl: string;
  keeperUrl: string;
  internal: Omit<InternalTokens, 'intake'>;
}

const hostOf = (url: string) => new URL(url).host;

/** Replaces `${NAME}` for these names only, as envsubst does in nginx's image, because nginx has its own variables. */
export function fillTemplate(template: string, values: Record<string, string>): string {
  return template.replace(/\$\{(\w+)\}/g, (match, name: string) => values[name] ?? match);
}

// Replaces the nginx.conf of nginx's image. A single process, so that SIGKILL leaves no worker running.
const nginxConf = (folder: string, server: string) => `daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log stderr warn;
events { worker_connections 1024; }
http {
  access_log off;
${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `  ${kind}_temp_path ${folder}/${kind};`).join('\n')}
${server}
}
`;

export function gatewayPart(context: PartContext, settings: GatewaySettings): PartOptions {
  const folder = join(context.dataDir, 'gateway');
  mkdirSync(folder, { recursive: true });
  const config = join(folder, 'nginx.conf');
  const template = readFileSync(inRoot('provisioning/gateway/default.conf.template'), 'utf8');
  const server = fillTemplate(template, {
    AUDITRAIL_GATEWAY_ADDRESS: `127.0.0.1:${settings.port}`,
    AUDITRAIL_GATEWAY_AUTH_ADDRESS: `127.0.0.1:${settings.authPort}`,
    AUDITRAIL_GATEWAY_TOKENS: settings.tokensFile,
    AUDITRAIL_LOKI_ADDRESS: hostOf(settings.lokiUrl),
    AUDITRAIL_COLLECTOR_ADDRESS: hostOf(settings.collectorUrl),
    AUDITRAIL_COLLECTOR_GRAFANA_ADDRESS: hostOf(settings.collectorGrafanaUrl),
    AUDITRAIL_KEEPER_ADDRESS: hostOf(settings.keeperUrl),
    AUDITRAIL_GRAFANA_PROXIES: '0',
    AUDITRAIL_COLLECTOR_TOKEN: settings.internal.collector,
    AUDITRAIL_COLLECTOR_GRAFANA_TOKEN: settings.internal.collectorGrafana,
    AUDITRAIL_KEEPER_TOKEN: settings.internal.keeper,
  });
  writeFileSync(config, nginxConf(folder, server), { mode: 0o600 });
  return {
    name: 'the gateway',
    command: settings.program,
    args: ['-p', folder, '-e', 'stderr', '-c', config],
    env: {},
    logFile: logFile(context, 'gateway'),
    readyUrl: `http://127.0.0.1:${settings.port}/healthz`,
    onCrash: context.onCrash,
  };
}
