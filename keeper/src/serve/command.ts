import { join } from 'node:path';
import { isTenant } from '@auditrail/core';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { keepHeapSmall } from '../export/small-heap.ts';
import { parseLokiDuration } from '../doctor/retention.ts';
import { tenantName } from '../terminal/tenant-option.ts';
import { UsageError } from '../terminal/usage-error.ts';
import { openDatabase } from './database.ts';
import { exportEngine } from './engine.ts';
import { s3Storage } from './s3-storage.ts';
import { serve, SERVE_DEFAULTS } from './serve.ts';
import { SCOPES, Tokens, type ApiToken, type Scope } from './tokens.ts';

interface ServeCommandOptions {
  folder: string;
  listen: string;
  url: string;
  token: string;
  endpoint: string;
  writeToken: string;
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
  collectorMetrics?: string;
  lokiMetrics?: string;
}

const folderOption = () =>
  new Option('--folder <folder>', "the keeper's own folder, on a disk that survives a restart")
    .env('AUDITRAIL_KEEPER_FOLDER')
    .makeOptionMandatory();

const needed = (flags: string, description: string, variable: string) =>
  new Option(flags, description).env(variable).makeOptionMandatory();

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('Give a whole number from 1.');
  return value;
}

// Times beyond it are none that can be written down.
const LONGEST_MS = 100 * 365 * 24 * 3_600_000;

function duration(text: string): number {
  const value = parseLokiDuration(text);
  if (!value || value > LONGEST_MS) throw new InvalidArgumentError('Give a duration such as 12h or 90d, up to 100y.');
  return value;
}

/**
 * Grafana's organisations and their tenants.
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

function listenAddress(text: string): { host: string; port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  if (!host || Number(match?.[3]) > 65_535) throw new UsageError(`--listen ${text} is not like 127.0.0.1:8090`);
  return { host, port: Number(match?.[3]) };
}

function grafanaOf(options: ServeCommandOptions) {
  const { grafanaUrl: url, grafanaToken: token, grafanaIssuer: issuer, grafanaOrg } = options;
  if (!url && !token) return undefined;
  if (!url || !token) throw new UsageError('--grafana-url and --grafana-token (AUDITRAIL_KEEPER_TOKEN) go together');
  return { url, token, issuer, orgs: parseOrgs(grafanaOrg) };
}

async function runServe(options: ServeCommandOptions): Promise<void> {
  keepHeapSmall();
  const { folder, url, token, endpoint, writeToken, jobs, maxBytes, keep } = options;
  const storage = options.s3Bucket === undefined ? undefined : s3Storage({ ...options, bucket: options.s3Bucket });
  const keeper = await serve({
    ...{ folder, maxBytes, storage },
    ...listenAddress(options.listen),
    engine: exportEngine({ url, token, keyFile: join(folder, 'manifest-key.pem') }),
    collector: { url: endpoint, token: writeToken },
    grafana: grafanaOf(options),
    pipeline: { collectorMetrics: options.collectorMetrics, lokiMetrics: options.lokiMetrics },
    concurrency: jobs,
    keepMs: keep,
  });
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  await keeper.stop();
}

const day = (ms: number | undefined) => (ms === undefined ? '-' : new Date(ms).toISOString().slice(0, 16));

function tokenLine({ id, tenant, name, scopes, expiresMs, revokedMs, usedMs }: ApiToken): string {
  const state = revokedMs !== undefined ? 'revoked' : expiresMs <= Date.now() ? 'expired' : 'valid';
  return [id, tenant, state, `until ${day(expiresMs)}`, `used ${day(usedMs)}`, scopes.join(','), name].join('  ');
}

function withTokens<T>(folder: string, use: (tokens: Tokens) => T): T {
  const db = openDatabase(folder);
  try {
    return use(new Tokens(db));
  } finally {
    db.close();
  }
}

function addTokenCommands(program: Command): void {
  const token = program.command('token').description('API tokens of auditrail serve');
  token
    .command('create')
    .description('make a token and print it: it is shown this once, and only its hash is kept')
    .addOption(folderOption())
    .requiredOption('--name <name>', 'who or what uses it')
    .addOption(needed('--tenant <name>', 'the one tenant that it is for', 'AUDITRAIL_TENANT').argParser(tenantName))
    .addOption(new Option('--scope <scopes...>', 'what it may do').choices(SCOPES).default(['exports:read']))
    .option('--expires <duration>', 'how long it holds', duration, 90 * 24 * 3_600_000)
    .action((options: { folder: string; name: string; tenant: string; scope: Scope[]; expires: number }) => {
      const { folder, name, tenant, scope: scopes, expires } = options;
      const wanted = { name, tenant, scopes, expiresMs: Date.now() + expires };
      const made = withTokens(folder, (tokens) => tokens.create(wanted));
      console.error(tokenLine(made.token));
      console.log(made.secret);
    });
  token
    .command('list')
    .description('list tokens, without what is secret of them')
    .addOption(folderOption())
    .addOption(new Option('--tenant <name>', 'of one tenant').argParser(tenantName))
    .action(({ folder, tenant }: { folder: string; tenant?: string }) => {
      for (const each of withTokens(folder, (tokens) => tokens.list(tenant))) console.log(tokenLine(each));
    });
  token
    .command('revoke <id>')
    .description('end a token at once')
    .addOption(folderOption())
    .action((id: string, { folder }: { folder: string }) => {
      if (!withTokens(folder, (tokens) => tokens.revoke(id))) throw new UsageError(`there is no token ${id} to revoke`);
    });
}

/** The commands `serve` and `token`. */
export function addServeCommands(program: Command): void {
  program
    .command('serve')
    .description('serve background exports: HTTP API, jobs and their clean-up (docs/exports.md)')
    .addOption(folderOption())
    .addOption(new Option('--listen <address>', 'address and port').env('AUDITRAIL_LISTEN').default('127.0.0.1:8090'))
    .addOption(needed('--url <url>', 'address of the gateway', 'AUDITRAIL_GATEWAY_URL'))
    .addOption(needed('--token <token>', "the gateway's bearer token", 'AUDITRAIL_READ_TOKEN'))
    .addOption(needed('--endpoint <url>', "the collector's OTLP address", 'AUDITRAIL_ENDPOINT'))
    .addOption(needed('--write-token <token>', "the collector's write token", 'AUDITRAIL_WRITE_TOKEN'))
    .addOption(new Option('--grafana-url <url>', 'Grafana, as reached from here').env('AUDITRAIL_GRAFANA_URL'))
    .addOption(
      new Option('--grafana-issuer <url>', "Grafana's root_url, where it is another").env('AUDITRAIL_GRAFANA_ISSUER'),
    )
    .addOption(new Option('--grafana-token <token>', "bearer token of Grafana's route").env('AUDITRAIL_KEEPER_TOKEN'))
    .addOption(
      new Option('--grafana-org <pairs>', "Grafana's organisations and their tenants: 1=audit,2=sales")
        .env('AUDITRAIL_GRAFANA_ORGS')
        .default('1=audit'),
    )
    .option('--jobs <count>', 'exports at the same time', wholeNumber, SERVE_DEFAULTS.concurrency)
    .option('--max-bytes <count>', 'bytes of all exports together', wholeNumber, SERVE_DEFAULTS.maxBytes)
    .option('--keep <duration>', 'how long finished exports are kept', duration, SERVE_DEFAULTS.keepMs)
    .addOption(new Option('--s3-bucket <name>', 'keep finished exports in this bucket').env('AUDITRAIL_S3_BUCKET'))
    .addOption(new Option('--s3-endpoint <url>', 'of an S3-compatible server').env('AUDITRAIL_S3_ENDPOINT'))
    .addOption(new Option('--s3-region <name>', 'its region').env('AWS_REGION').default('us-east-1'))
    .addOption(new Option('--s3-key-id <id>', 'its access key').env('AWS_ACCESS_KEY_ID'))
    .addOption(new Option('--s3-secret <secret>', "the key's secret").env('AWS_SECRET_ACCESS_KEY'))
    .addOption(
      new Option(
        '--collector-metrics <url>',
        "watch the collector's metrics: the page warns of entries that do not arrive",
      ).env('AUDITRAIL_COLLECTOR_METRICS'),
    )
    .addOption(new Option('--loki-metrics <url>', "watch Loki's metrics").env('AUDITRAIL_LOKI_METRICS'))
    .action((options: ServeCommandOptions) => runServe(options));
  addTokenCommands(program);
}
