import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { GatewayTokenFile, newGatewayToken, parseGatewayToken, type GatewayRole } from 'auditrail';
import { inRoot } from '../paths.ts';

const SECRETS = {
  AUDITRAIL_COLLECTOR_TOKEN: 'gateway to collector: entries of applications',
  AUDITRAIL_COLLECTOR_GRAFANA_TOKEN: "gateway to collector: the Grafana app's own entries",
  AUDITRAIL_KEEPER_TOKEN: 'gateway to keeper: background exports',
  AUDITRAIL_INTAKE_TOKEN: 'collector to keeper: every entry',
  GRAFANA_ADMIN_PASSWORD: "password of Grafana's user admin",
};

/** The gateway tokens of the first tenant. */
const GATEWAY_TOKENS: Record<string, { role: GatewayRole; use: string }> = {
  AUDITRAIL_READ_TOKEN: { role: 'read', use: 'Grafana and keeper to gateway: reading' },
  AUDITRAIL_WRITE_TOKEN: { role: 'write', use: 'applications and keeper to gateway: sending entries' },
  AUDITRAIL_GRAFANA_TOKEN: { role: 'grafana', use: 'Grafana app to gateway: reading, and sending its own entries' },
};

const DEFAULT_TENANT = 'audit';

interface CompleteEnv {
  text: string;
  added: string[];
  /** The gateway tokens of the text, by variable name. */
  tokens: Record<string, string>;
}

/**
 * Adds missing secrets to the text of a `.env` file. Existing values are kept, except gateway tokens that belong to another
 * tenant than `AUDITRAIL_TENANT`, or that are invalid.
 */
export function completeEnv(existing: string): CompleteEnv {
  const set = new Map(
    existing.split('\n').flatMap((line) => {
      const [, name, value] = /^\s*(\w+)=(\S+)/.exec(line) ?? [];
      return name !== undefined && value !== undefined ? [[name, value] as const] : [];
    }),
  );
  const tenant = set.get('AUDITRAIL_TENANT') ?? DEFAULT_TENANT;
  const added: string[] = [];
  const lines: string[] = [];
  const tokens: Record<string, string> = {};
  const add = (name: string, use: string, value: string) => {
    added.push(name);
    lines.push(`# ${use}\n${name}=${value}\n`);
  };
  for (const [name, use] of Object.entries(SECRETS)) {
    if (!set.has(name)) add(name, use, randomBytes(24).toString('hex'));
  }
  let kept = existing;
  for (const [name, { role, use }] of Object.entries(GATEWAY_TOKENS)) {
    const before = set.get(name) ?? '';
    const key = parseGatewayToken(before)?.key;
    if (key?.tenant === tenant && key.role === role) {
      tokens[name] = before;
      continue;
    }
    kept = kept.replace(new RegExp(`^\\s*${name}=.*\\n?`, 'gm'), '');
    tokens[name] = newGatewayToken({ tenant, role }).token;
    add(name, use, tokens[name]);
  }
  const before = kept && !kept.endsWith('\n') ? `${kept}\n` : kept;
  return { text: before + lines.join(''), added, tokens };
}

/**
 * Writes the secrets for Docker Compose to `.env`, readable by its owner only, and the hashes of the gateway tokens to the
 * gateway's file. Existing values are kept.
 */
export async function writeEnvFile(file = inRoot('.env'), tokensFile = inRoot('tokens', 'tokens')): Promise<void> {
  const { text, added, tokens } = completeEnv(existsSync(file) ? readFileSync(file, 'utf8') : '');
  if (added.length > 0) writeFileSync(file, text, { mode: 0o600 });
  console.log(added.length > 0 ? `${file}: added ${added.join(', ')}` : `${file} is already complete`);
  mkdirSync(dirname(tokensFile), { recursive: true });
  const known = new GatewayTokenFile(tokensFile);
  const ids = new Set(known.list().map(({ keyId }) => keyId));
  for (const [name, token] of Object.entries(tokens)) {
    if (!ids.has(parseGatewayToken(token)?.key.keyId ?? '')) await known.accept(token, `${name} of .env`);
  }
}
