import { Option, type Command } from 'commander';
import { GATEWAY_ROLES, GatewayTokenFile, type GatewayRole, type GatewayTokenRecord } from './gateway-tokens/index.ts';
import { duration, folderOption, needed } from './serve/command-options.ts';
import { openDatabase } from './serve/database.ts';
import { SCOPES, Tokens, type ApiToken, type Scope } from './serve/tokens.ts';
import { tenantName } from './terminal/tenant-option.ts';
import { UsageError } from './terminal/usage-error.ts';

/** The tokens that a command works with: those in the gateway's file, or the API tokens in the keeper's folder. */
interface TokenStore {
  file?: string;
  folder?: string;
}

interface CreateOptions extends TokenStore {
  for: GatewayRole | 'api';
  tenant: string;
  service?: string;
  note?: string;
  name?: string;
  scope: Scope[];
  expires: number;
}

const fileOption = () =>
  new Option('--file <file>', "the gateway's token file, in a folder that the gateway mounts").env(
    'AUDITRAIL_GATEWAY_TOKENS',
  );
const apiFolderOption = () => folderOption().makeOptionMandatory(false);

const day = (ms: number | undefined) => (ms === undefined ? '-' : new Date(ms).toISOString().slice(0, 16));

function apiLine({ id, tenant, name, scopes, expiresMs, revokedMs, usedMs }: ApiToken): string {
  const state = revokedMs !== undefined ? 'revoked' : expiresMs <= Date.now() ? 'expired' : 'valid';
  return [id, tenant, state, `until ${day(expiresMs)}`, `used ${day(usedMs)}`, scopes.join(','), name].join('  ');
}

function gatewayLine({ keyId, tenant, role, service, created, note }: GatewayTokenRecord): string {
  return [keyId, tenant, role, service ?? '-', created.slice(0, 16), note].join('  ').trimEnd();
}

function withApiTokens<T>({ folder }: TokenStore, use: (tokens: Tokens) => T): T {
  if (folder === undefined) {
    throw new UsageError("give --file, the gateway's token file, or --folder, the keeper's own folder");
  }
  const db = openDatabase(folder);
  try {
    return use(new Tokens(db));
  } finally {
    db.close();
  }
}

// The folder is on the command line, or there is no file: the environment of a keeper can have both.
const isApi = ({ file, folder }: TokenStore, command: Command) =>
  file === undefined ||
  (folder !== undefined &&
    command.getOptionValueSource('folder') === 'cli' &&
    command.getOptionValueSource('file') !== 'cli');

function createApi({ tenant, name, scope: scopes, expires, ...store }: CreateOptions): void {
  if (name === undefined) throw new UsageError('give --name: the user or program of the token');
  const wanted = { name, tenant, scopes, expiresMs: Date.now() + expires };
  const created = withApiTokens(store, (tokens) => tokens.create(wanted));
  console.error(apiLine(created.token));
  console.log(created.secret);
}

function show(file: GatewayTokenFile, { token, key }: { token: string; key: { keyId: string } }): void {
  const record = file.list().find(({ keyId }) => keyId === key.keyId);
  if (record) console.error(gatewayLine(record));
  console.log(token);
}

async function createGateway(options: CreateOptions, role: GatewayRole): Promise<void> {
  const { tenant, service, note, name } = options;
  if (options.file === undefined) throw new UsageError("give --file, the gateway's token file");
  const file = new GatewayTokenFile(options.file);
  const grant = { tenant, role, ...(service !== undefined && { service }) };
  show(file, await file.create(grant, note ?? name));
}

async function rotate(keyId: string, path: string, revoke: boolean): Promise<void> {
  const file = new GatewayTokenFile(path);
  const created = await file.createSuccessor(keyId);
  if (!created) throw new UsageError(`there is no token ${keyId} in ${path}: see auditrail token list`);
  show(file, created);
  if (revoke) await file.revoke(keyId);
  else console.error(`${keyId} stays valid until: auditrail token revoke ${keyId} --file ${path}`);
}

async function revokeOne(id: string, store: TokenStore, command: Command): Promise<void> {
  const api = isApi(store, command);
  const done = api
    ? withApiTokens(store, (tokens) => tokens.revoke(id))
    : await new GatewayTokenFile(store.file ?? '').revoke(id);
  if (!done) throw new UsageError(`there is no token ${id} to revoke`);
}

function list(options: TokenStore & { tenant?: string }, command: Command): void {
  const { tenant } = options;
  const lines = isApi(options, command)
    ? withApiTokens(options, (tokens) => tokens.list(tenant)).map(apiLine)
    : new GatewayTokenFile(options.file ?? '')
        .list()
        .filter((token) => tenant === undefined || token.tenant === tenant)
        .map(gatewayLine);
  for (const line of lines) console.log(line);
}

/** Adds `auditrail token`. */
export function addTokenCommands(program: Command): void {
  const token = program.command('token').description('tokens of the gateway, and API tokens of auditrail serve');
  token
    .command('create')
    .description('create a token and print it once; only its hash is stored')
    .addOption(
      new Option('--for <what>', 'read, write (applications), grafana (the app); api: API token of auditrail serve')
        .choices(['api', ...GATEWAY_ROLES])
        .default('api'),
    )
    .addOption(needed('--tenant <name>', 'the only tenant of the token', 'AUDITRAIL_TENANT').argParser(tenantName))
    .addOption(fileOption())
    .option('--service <name>', 'with --for write: only entries of this service')
    .option('--note <text>', 'the user or program of the token')
    .addOption(apiFolderOption())
    .option('--name <name>', 'with --for api: the user or program of the token')
    .addOption(
      new Option('--scope <scopes...>', 'with --for api: its permissions').choices(SCOPES).default(['exports:read']),
    )
    .option('--expires <duration>', 'with --for api: how long it is valid', duration, 90 * 24 * 3_600_000)
    .action((options: CreateOptions) =>
      options.for === 'api' ? createApi(options) : createGateway(options, options.for),
    );
  token
    .command('list')
    .description('list tokens, without their secrets')
    .addOption(fileOption())
    .addOption(apiFolderOption())
    .addOption(new Option('--tenant <name>', 'only tokens of this tenant').argParser(tenantName))
    .action(list);
  token
    .command('rotate <id>')
    .description('create the successor of a gateway token: both are valid until the first one is revoked')
    .addOption(fileOption().makeOptionMandatory())
    .option('--revoke', 'revoke the first one immediately')
    .action((id: string, { file, revoke = false }: { file: string; revoke?: boolean }) => rotate(id, file, revoke));
  token
    .command('revoke <id>')
    .description('revoke a token: the next request with it is refused')
    .addOption(fileOption())
    .addOption(apiFolderOption())
    .action(revokeOne);
}
