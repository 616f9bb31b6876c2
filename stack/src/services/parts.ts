import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PartOptions } from './part.ts';
import { inRoot } from '../paths.ts';

/** What every part is told: where its data and log go, and whom to tell of a crash. */
export interface Place {
  dataDir: string;
  onCrash: (message: string) => void;
}

/** The gateway tokens of one tenant. */
export interface Tokens {
  /** Of applications. */
  write: string;
  /** Of the Grafana app. */
  grafana: string;
  /** Of readers. */
  read: string;
}

/** The bearer tokens behind the gateway, which only it knows. */
export interface InternalTokens {
  /** Gateway → collector, for applications. */
  collector: string;
  /** Gateway → collector, for Grafana's proxy. */
  collectorGrafana: string;
  /** Gateway → keeper. */
  keeper: string;
}

const logFile = ({ dataDir }: Place, name: string) => join(dataDir, 'logs', `${name}.log`);

export interface LokiSettings {
  program: string;
  port: number;
  grpcPort: number;
  rulesDir: string;
  overrides: string;
  /** How often rules are evaluated, as Loki writes durations. */
  ruleEvery: string;
}

export const LOKI_CONFIG = inRoot('provisioning/loki/loki.yaml');

export function lokiPart(place: Place, settings: LokiSettings): PartOptions {
  return {
    name: 'Loki',
    command: settings.program,
    args: ['-config.expand-env=true', `-config.file=${LOKI_CONFIG}`],
    env: {
      LOKI_ADDRESS: '127.0.0.1',
      LOKI_HTTP_PORT: String(settings.port),
      LOKI_GRPC_PORT: String(settings.grpcPort),
      LOKI_DATA: join(place.dataDir, 'loki'),
      LOKI_RULES: settings.rulesDir,
      LOKI_OVERRIDES: settings.overrides,
      LOKI_RULE_EVERY: settings.ruleEvery,
    },
    logFile: logFile(place, 'loki'),
    readyUrl: `http://127.0.0.1:${settings.port}/ready`,
    onCrash: place.onCrash,
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
  /** Where traces go in Zipkin's format; without it the collector takes none. */
  tracesUrl?: string;
}

export function collectorPart(place: Place, settings: CollectorSettings): PartOptions {
  const configs = [inRoot('collector-config/collector.yaml')];
  if (settings.tracesUrl) configs.push(inRoot('collector-config/traces.yaml'));
  return {
    name: 'the collector',
    command: settings.program,
    args: configs.flatMap((config) => ['--config', config]),
    env: {
      AUDITRAIL_COLLECTOR_TOKEN: settings.internal.collector,
      AUDITRAIL_COLLECTOR_GRAFANA_TOKEN: settings.internal.collectorGrafana,
      AUDITRAIL_LOKI_URL: settings.lokiUrl,
      AUDITRAIL_QUEUE: join(place.dataDir, 'collector-queue'),
      AUDITRAIL_OTLP_ADDRESS: `127.0.0.1:${settings.port}`,
      AUDITRAIL_GRAFANA_ADDRESS: `127.0.0.1:${settings.grafanaPort}`,
      AUDITRAIL_HEALTH_ADDRESS: `127.0.0.1:${settings.healthPort}`,
      AUDITRAIL_METRICS_HOST: '127.0.0.1',
      AUDITRAIL_METRICS_PORT: String(settings.metricsPort),
      ...(settings.tracesUrl && { AUDITRAIL_TRACES_URL: settings.tracesUrl }),
    },
    logFile: logFile(place, 'collector'),
    readyUrl: `http://127.0.0.1:${settings.healthPort}/`,
    onCrash: place.onCrash,
  };
}

export interface GatewaySettings {
  program: string;
  port: number;
  /** Of its own token check. */
  authPort: number;
  tokensFile: string;
  lokiUrl: string;
  collectorUrl: string;
  collectorGrafanaUrl: string;
  keeperUrl: string;
  internal: InternalTokens;
}

const hostOf = (url: string) => new URL(url).host;

/** Replaces `${NAME}` for the given names only, as nginx's image does with envsubst: nginx has variables of its own. */
export function fillTemplate(template: string, values: Record<string, string>): string {
  return template.replace(/\$\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

// What nginx's image has around the server: one process, so that killing it leaves no worker behind.
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

export function gatewayPart(place: Place, settings: GatewaySettings): PartOptions {
  const folder = join(place.dataDir, 'gateway');
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
    logFile: logFile(place, 'gateway'),
    readyUrl: `http://127.0.0.1:${settings.port}/healthz`,
    onCrash: place.onCrash,
  };
}
