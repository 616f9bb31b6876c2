import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hashGatewayToken, keyOf, newGatewayToken, type GatewayGrant, type GatewayKey } from './gateway-token.ts';

/** A token in the file: its hash is not shown. */
export interface GatewayTokenRecord extends GatewayKey {
  /** RFC 3339. */
  created: string;
  note: string;
}

const HEAD = `# Tokens of the gateway: hashes only. Change it with: auditrail token create|list|rotate|revoke --file …
# tenant/role/key id[/service]:hash:created note
`;
// user, hash, created and note; nginx reads the first two.
const LINE = /^([^:#]+):(\{SSHA\}[A-Za-z0-9+/=]+)(?::(\S*) ?(.*))?$/;
const NOTE_CHARACTERS = 100;
const LOCK_PATIENCE_MS = 5_000;

const hasCode = (error: unknown, code: string) => (error as NodeJS.ErrnoException).code === code;

function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').filter(Boolean);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}

function recordOf(line: string): GatewayTokenRecord | undefined {
  const [, user = '', , created = '', note = ''] = LINE.exec(line) ?? [];
  const key = keyOf(user);
  return key && { ...key, created, note };
}

function writeSynced(file: string, text: string): void {
  const descriptor = openSync(file, 'wx', 0o644);
  try {
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

// The gateway reads the file with each request: it must never see a part of it.
function replace(file: string, lines: readonly string[]): void {
  const next = `${file}.${process.pid}.new`;
  rmSync(next, { force: true });
  writeSynced(
    next,
    HEAD +
      lines
        .filter((line) => !line.startsWith('#'))
        .map((line) => `${line}\n`)
        .join(''),
  );
  renameSync(next, file);
  const folder = openSync(dirname(file), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** Runs `change` while no other process changes the file. */
async function exclusively<T>(file: string, change: () => T): Promise<T> {
  const lock = `${file}.lock`;
  const deadline = Date.now() + LOCK_PATIENCE_MS;
  for (;;) {
    try {
      closeSync(openSync(lock, 'wx', 0o600));
      break;
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
      if (Date.now() > deadline) {
        throw new Error(`another process changes ${file}; if none does, delete ${lock}`, { cause: error });
      }
      await sleep(50);
    }
  }
  try {
    return change();
  } finally {
    rmSync(lock, { force: true });
  }
}

/** The line of the file with which the gateway accepts a token. @throws TypeError if it is not a token, or a bad note */
export function tokenLine(token: string, note = ''): string {
  if (/[\p{Cc}\u2028\u2029]/u.test(note) || note.length > NOTE_CHARACTERS) {
    throw new TypeError(`a note is one line of up to ${NOTE_CHARACTERS} characters`);
  }
  const { user, hash } = hashGatewayToken(token);
  return `${user}:${hash}:${new Date().toISOString()} ${note}`;
}

/**
 * The file of the gateway's tokens, which permit reading or writing a tenant. It has hashes only, and the gateway reads
 * it with each request, so that changes take effect immediately. Several processes may change it.
 *
 * @example
 * const file = new GatewayTokenFile('tokens/tokens');
 * const { token } = await file.create({ tenant: 'acme', role: 'write' });
 */
export class GatewayTokenFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** All tokens, in the order of their creation. */
  list(): GatewayTokenRecord[] {
    return readLines(this.path).flatMap((line) => recordOf(line) ?? []);
  }

  /**
   * Creates a token, and the file's folder if it is missing. The token cannot be read again: the file has its hash only.
   */
  async create(grant: GatewayGrant, note = ''): Promise<{ token: string; key: GatewayKey }> {
    mkdirSync(dirname(this.path), { recursive: true });
    return exclusively(this.path, () => {
      const lines = readLines(this.path);
      const known = new Set(lines.map((line) => recordOf(line)?.keyId));
      let made = newGatewayToken(grant);
      while (known.has(made.key.keyId)) made = newGatewayToken(grant);
      replace(this.path, [...lines, tokenLine(made.token, note)]);
      return made;
    });
  }

  /** Ensures that an existing token is accepted, such as one kept in `.env`. @throws TypeError */
  async accept(token: string, note = ''): Promise<void> {
    await exclusively(this.path, () => {
      const line = tokenLine(token, note);
      const user = line.slice(0, line.indexOf(':') + 1);
      const others = readLines(this.path).filter((each) => !each.startsWith(user));
      replace(this.path, [...others, line]);
    });
  }

  /**
   * Creates another token with the tenant, role, service and note of one; both are accepted. `undefined` if there is no
   * such token.
   */
  async createSuccessor(keyId: string): Promise<{ token: string; key: GatewayKey } | undefined> {
    const known = this.list().find((each) => each.keyId === keyId);
    if (!known) return undefined;
    const { tenant, role, service, note } = known;
    return this.create({ tenant, role, ...(service !== undefined && { service }) }, note);
  }

  /** Revokes a token: the next request with it is refused. `false` if there is no such token. */
  async revoke(keyId: string): Promise<boolean> {
    return exclusively(this.path, () => {
      const lines = readLines(this.path);
      const left = lines.filter((line) => recordOf(line)?.keyId !== keyId);
      if (left.length === lines.length) return false;
      replace(this.path, left);
      return true;
    });
  }
}
