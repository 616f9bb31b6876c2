import { createHash, randomBytes } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { uuidv7 } from 'uuidv7';
import { z } from 'zod';

/** The permissions of an API token. */
export const SCOPES = ['exports:read', 'exports:create', 'exports:delete', 'entries:read'] as const;
export type Scope = (typeof SCOPES)[number];

/** An API token, without its secret: the secret is shown once, when the token is created, and only its hash is stored. */
export interface ApiToken {
  id: string;
  tenant: string;
  name: string;
  scopes: Scope[];
  createdMs: number;
  expiresMs: number;
  revokedMs?: number;
  /** Time of last use, to the minute. */
  usedMs?: number;
}

export interface NewToken {
  tenant: string;
  name: string;
  scopes: Scope[];
  expiresMs: number;
}

// A prefix that secret scanners (and people) recognize.
const PREFIX = 'auditrail_';
const FORM = /^auditrail_[A-Za-z0-9_-]{43}$/;

const rowSchema = z.object({
  id: z.string(),
  tenant: z.string(),
  name: z.string(),
  scopes: z.string(),
  created_ms: z.number(),
  expires_ms: z.number(),
  revoked_ms: z.number().nullable(),
  used_ms: z.number().nullable(),
});
const scopesSchema = z.array(z.enum(SCOPES));

function toToken(row: unknown): ApiToken {
  const { created_ms, expires_ms, revoked_ms, used_ms, scopes, ...same } = rowSchema.parse(row);
  return {
    ...same,
    scopes: scopesSchema.parse(JSON.parse(scopes)),
    createdMs: created_ms,
    expiresMs: expires_ms,
    ...(revoked_ms !== null && { revokedMs: revoked_ms }),
    ...(used_ms !== null && { usedMs: used_ms }),
  };
}

// 256 random bits need no slow hash, and the duration of a lookup by hash reveals nothing: without the secret, nobody can
// choose the beginning of the hash.
const hashOf = (secret: string) => createHash('sha256').update(secret).digest();

/**
 * The API tokens of this keeper.
 *
 * @example
 * const { secret } = tokens.create({ tenant: 'audit', name: 'siem', scopes: ['exports:read'], expiresMs });
 */
export class Tokens {
  readonly #db: DatabaseSync;
  readonly #now: () => number;

  constructor(db: DatabaseSync, now: () => number = Date.now) {
    this.#db = db;
    this.#now = now;
  }

  /** Creates a token. The secret is not stored: a lost token must be replaced. */
  create(wanted: NewToken): { token: ApiToken; secret: string } {
    const secret = PREFIX + randomBytes(32).toString('base64url');
    const token = { ...wanted, id: uuidv7(), createdMs: this.#now() };
    this.#db
      .prepare(
        'INSERT INTO tokens (id, tenant, name, scopes, hash, created_ms, expires_ms) VALUES (?, ?, ?, ?, ?, ?, ?)',
      )
      .run(
        token.id,
        token.tenant,
        token.name,
        JSON.stringify(token.scopes),
        hashOf(secret),
        token.createdMs,
        token.expiresMs,
      );
    return { token, secret };
  }

  /** All tokens, or those of one tenant, oldest first. */
  list(tenant?: string): ApiToken[] {
    const all = this.#db.prepare('SELECT * FROM tokens ORDER BY id').all().map(toToken);
    return tenant === undefined ? all : all.filter((token) => token.tenant === tenant);
  }

  /** Revokes a token immediately. `false` if there is no token with this id, or it was revoked before. */
  revoke(id: string): boolean {
    return (
      this.#db.prepare('UPDATE tokens SET revoked_ms = ? WHERE id = ? AND revoked_ms IS NULL').run(this.#now(), id)
        .changes === 1
    );
  }

  /** The token of a secret, or why it is not valid. */
  verify(secret: string): ApiToken | 'unknown' | 'revoked' | 'expired' {
    if (!FORM.test(secret)) return 'unknown';
    const row = this.#db.prepare('SELECT * FROM tokens WHERE hash = ?').get(hashOf(secret));
    if (row === undefined) return 'unknown';
    const token = toToken(row);
    const now = this.#now();
    if (token.revokedMs !== undefined) return 'revoked';
    if (token.expiresMs <= now) return 'expired';
    if (now - (token.usedMs ?? 0) > 60_000) {
      this.#db.prepare('UPDATE tokens SET used_ms = ? WHERE id = ?').run(now, token.id);
    }
    return token;
  }
}
