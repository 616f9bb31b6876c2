import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isTenant } from '@auditrail/core';
import { detectionRules, parseSettings, type Settings } from '@auditrail/core/detections';
import { Option, type Command } from 'commander';
import { parse as parseYaml } from 'yaml';
import { archiveLockOption } from '../archive/archive-options.ts';
import { ARCHIVE_KEEP_MS } from '../archive/archiver.ts';
import { openArchive } from '../archive/open-archive.ts';
import type { LockMode } from '../archive/s3-archive.ts';
import { loadSigner } from '../export/index.ts';
import { GatewayTokenSet } from '../gateway-tokens/index.ts';
import { keepHeapSmall } from '../export/small-heap.ts';
import { tenantName } from '../terminal/tenant-option.ts';
import { UsageError } from '../terminal/usage-error.ts';
import { duration, folderOption, needed, wholeNumber } from './command-options.ts';
import { exportEngine } from './engine.ts';
import { s3Storage } from './s3-storage.ts';
import { serve, SERVE_DEFAULTS } from './serve.ts';

interface ServeCommandOptions {
  folder: string;
  listen: string;
  url: string;
  token: string;
  endpoint?: string;
  writeToken?: string;
  grafanaUrl?: string;
  grafanaIssuer?: string;
  grafanaToken?: string;
  grafanaOrg: string;
  jobs: number;
  maxBytes: number;
  keep: number;
  s3Bucket?: string;
  s3Endpoint?: string;
  s3Region: string;
  s3KeyId?: string;
  s3Secret?: string;
  intakeListen: string;
  intakeToken?: string;
  archive?: string;
  archiveKeep: number;
  archiveTenants?: string[];
  archiveLock?: LockMode;
  collectorMetrics?: string;
  lokiMetrics?: string;
  detections?: string;
  rulerUrl?: string;
}

/**
 * Grafana's organizations and their tenants.
 *
 * @throws UsageError
 * @example parseOrgs('1=audit,2=sales') // Map { 1 => 'audit', 2 => 'sales' }
 */
export function parseOrgs(text: string): Map<number, string> {
  const pairs = text.split(',').map((part) => /^\s*(\d{1,15})=(\S+)\s*$/.exec(part));
  return new Map(
    pairs.map((match) => {
      const [, org, tenant] = match ?? [];
      if (!org || !tenant || !isTenant(tenant)) {
        throw new UsageError(`--grafana-org ${text} is not like 1=audit,2=sales`);
      }
      return [Number(org), tenant];
    }),
  );
}

function listenAddress(text: string, option = '--listen'): { host: string; port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  if (!host || Number(match?.[3]) > 65_535) throw new UsageError(`${option} ${text} is not like 127.0.0.1:8090`);
  return { host, port: Number(match?.[3]) };
}

function grafanaOf(options: ServeCommandOptions) {
  const { grafanaUrl: url, grafanaToken: token, grafanaIssuer: issuer, grafanaOrg } = options;
  if (!url && !token) return undefined;
  if (!url || !token) throw new UsageError('--grafana-url and --grafana-token (AUDITRAIL_KEEPER_TOKEN) go together');
  return { url, token, issuer, orgs: parseOrgs(grafanaOrg) };
}

function archiveOf(
  { archive, archiveKeep: keepMs, archiveTenants: tenants, intakeToken, ...options }: ServeCommandOptions,
  keyFile: string,
) {
  if (!archive) return undefined;
  if (!intakeToken) {
    throw new UsageError("--archive needs the keeper's entries: give --intake-token (AUDITRAIL_INTAKE_TOKEN), too");
  }
  return { store: openArchive({ ...options, archive }), signer: loadSigner(keyFile).signer, keepMs, tenants };
}

/**
 * The overrides of the alert rules in a file.
 *
 * @throws UsageError
 */
function detectionSettings(path: string): Settings {
  try {
    const settings = parseSettings(parseYaml(readFileSync(path, 'utf8')));
    detectionRules(settings);
    return settings;
  } catch (error) {
    throw new UsageError(`--detections ${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function runServe(options: ServeCommandOptions): Promise<void> {
  keepHeapSmall();
  const { folder, url, token, endpoint = url, writeToken = '', jobs, maxBytes, keep } = options;
  const tokens = new GatewayTokenSet(`${token} ${writeToken}`);
  const keyFile = join(folder, 'manifest-key.pem');
  const storage = options.s3Bucket === undefined ? undefined : s3Storage({ ...options, bucket: options.s3Bucket });
  const keeper = await serve({
    ...{ folder, maxBytes, storage },
    ...listenAddress(options.listen),
    engine: exportEngine({ url, tokens, keyFile }),
    collector: { url: endpoint, tokens },
    grafana: grafanaOf(options),
    intake: options.intakeToken
      ? {
          token: options.intakeToken,
          ...listenAddress(options.intakeListen, '--intake-listen'),
          rulerUrl: options.rulerUrl,
          catchUp: { url, tokens, tenants: tokens.tenantsOf('read') },
        }
      : undefined,
    detections: options.detections === undefined ? undefined : detectionSettings(options.detections),
    archive: archiveOf(options, keyFile),
    pipeline: { collectorMetrics: options.collectorMetrics, lokiMetrics: options.lokiMetrics },
    concurrency: jobs,
    keepMs: keep,
  });
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  await keeper.stop();
}

/** The command `serve`. */
export function addServeCommand(program: Command): void {
  program
    .command('serve')
    .description('serve background exports: HTTP API, jobs and their clean-up (docs/exports.md)')
    .addOption(folderOption())
    .addOption(new Option('--listen <address>', 'address and port').env('AUDITRAIL_LISTEN').default('127.0.0.1:8090'))
    .addOption(needed('--url <url>', 'address of the gateway', 'AUDITRAIL_GATEWAY_URL'))
    .addOption(
      needed(
        '--token <tokens>',
        'gateway tokens, separated by white space: one to read and one to write for each tenant',
        'AUDITRAIL_READ_TOKEN',
      ),
    )
    .addOption(new Option('--endpoint <url>', 'OTLP address, if it differs from --url').env('AUDITRAIL_ENDPOINT'))
    .addOption(new Option('--write-token <tokens>', 'further gateway tokens').env('AUDITRAIL_WRITE_TOKEN'))
    .addOption(new Option('--grafana-url <url>', 'address of Grafana for the keeper').env('AUDITRAIL_GRAFANA_URL'))
    .addOption(
      new Option('--grafana-issuer <url>', "Grafana's root_url, if it differs").env('AUDITRAIL_GRAFANA_ISSUER'),
    )
    .addOption(
      new Option('--grafana-token <token>', "bearer token of Grafana's proxy, for people who come through Grafana").env(
        'AUDITRAIL_KEEPER_TOKEN',
      ),
    )
    .addOption(
      new Option('--grafana-org <pairs>', "Grafana's organizations and their tenants: 1=audit,2=sales")
        .env('AUDITRAIL_GRAFANA_ORGS')
        .default('1=audit'),
    )
    .option('--jobs <count>', 'exports that run at the same time', wholeNumber, SERVE_DEFAULTS.concurrency)
    .option('--max-bytes <count>', 'maximum bytes of all exports together', wholeNumber, SERVE_DEFAULTS.maxBytes)
    .option('--keep <duration>', 'how long finished exports are kept', duration, SERVE_DEFAULTS.keepMs)
    .addOption(new Option('--s3-bucket <name>', 'keep finished exports in this bucket').env('AUDITRAIL_S3_BUCKET'))
    .addOption(new Option('--s3-endpoint <url>', 'address of an S3-compatible server').env('AUDITRAIL_S3_ENDPOINT'))
    .addOption(new Option('--s3-region <name>', 'its region').env('AWS_REGION').default('us-east-1'))
    .addOption(new Option('--s3-key-id <id>', 'its access key').env('AWS_ACCESS_KEY_ID'))
    .addOption(new Option('--s3-secret <secret>', "the key's secret").env('AWS_SECRET_ACCESS_KEY'))
    .addOption(
      new Option('--intake-listen <address>', 'address and port to which the collector hands every entry')
        .env('AUDITRAIL_INTAKE_LISTEN')
        .default('127.0.0.1:8091'),
    )
    .addOption(
      new Option(
        '--intake-token <token>',
        "the collector's bearer token: keep every entry in columns too, so that the past is read at once",
      ).env('AUDITRAIL_INTAKE_TOKEN'),
    )
    .addOption(
      new Option('--archive <address>', 'archive closed days in this folder, or in s3://bucket/prefix').env(
        'AUDITRAIL_ARCHIVE',
      ),
    )
    .addOption(
      new Option('--archive-keep <duration>', 'how long archived days are kept')
        .argParser(duration)
        .default(ARCHIVE_KEEP_MS, '7y'),
    )
    .addOption(archiveLockOption())
    .addOption(
      new Option('--archive-tenants <names>', 'archive only these, separated by commas (default: all)').argParser(
        (text) => text.split(',').map(tenantName),
      ),
    )
    .addOption(
      new Option(
        '--collector-metrics <url>',
        "watch the collector's metrics: the page warns of entries that do not arrive",
      ).env('AUDITRAIL_COLLECTOR_METRICS'),
    )
    .addOption(
      new Option('--detections <file>', 'your overrides of the alert rules (docs/alerts.md)').env(
        'AUDITRAIL_DETECTIONS',
      ),
    )
    .addOption(
      new Option('--ruler-url <url>', "Loki's address, to ask its ruler which late entries it cannot see").env(
        'AUDITRAIL_RULER_URL',
      ),
    )
    .addOption(new Option('--loki-metrics <url>', "watch Loki's metrics").env('AUDITRAIL_LOKI_METRICS'))
    .action((options: ServeCommandOptions) => runServe(options));
}
