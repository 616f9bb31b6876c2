import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuditError } from '@auditrail/sdk';
import { memoryAudit } from '@auditrail/sdk/testing';
import type { LightMyRequestResponse } from 'fastify';
import { Database } from './database.ts';
import { formValues } from './person.ts';
import { seed, type SeedAccount } from './seed.ts';
import { createServer } from './server.ts';
import { SESSION_COOKIE } from './sessions.ts';
import { TOKEN_FIELD } from './visitor.ts';

/** Assign it to `audit.fail`: entries can then not be recorded. */
export const diskFull = new AuditError('SPOOL_UNAVAILABLE', 'the disk is full');

/** A shop without a network port, in a temporary folder. */
export async function openShop() {
  const folder = mkdtempSync(join(tmpdir(), 'auditrail-shop-'));
  const database = new Database(folder);
  const accounts = await seed(database, folder, true);
  const audit = memoryAudit('shop');
  const server = createServer({ database, audit, lockMs: 60_000, sessionMs: 60_000, trustProxy: true });
  return {
    folder,
    database,
    accounts,
    audit,
    server,
    visitor: () => new Visitor(server),
    accountOf(name: string): SeedAccount {
      const account = accounts.find(({ email }) => email === `${name}@example.com`);
      if (!account) throw new Error(`account ${name} not found`);
      return account;
    },
    async close(): Promise<void> {
      await server.close();
      await database.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** A visitor with a browser. */
export class Visitor {
  readonly #server: ReturnType<typeof createServer>;
  cookie = '';

  constructor(server: ReturnType<typeof createServer>) {
    this.#server = server;
  }

  async get(url: string): Promise<LightMyRequestResponse> {
    return this.#keepCookie(await this.#server.inject({ url, cookies: this.#cookies() }));
  }

  /** Sends a form without opening its page. */
  async post(url: string, values: Record<string, string>, headers = {}): Promise<LightMyRequestResponse> {
    const body = new URLSearchParams(values).toString();
    const type = { 'content-type': 'application/x-www-form-urlencoded', 'user-agent': 'test', ...headers };
    return this.#keepCookie(
      await this.#server.inject({ method: 'POST', url, body, headers: type, cookies: this.#cookies() }),
    );
  }

  /** Opens a page, fills in a form and sends it. */
  async submit(page: string, action: string, values: Record<string, string>, headers = {}) {
    const { body } = await this.get(page);
    const form = formValues(body, action);
    const token = formValues(body, '/logout')[TOKEN_FIELD] ?? '';
    return this.post(action, { [TOKEN_FIELD]: token, ...form, ...values }, headers);
  }

  signIn({ email, password }: Pick<SeedAccount, 'email' | 'password'>, headers = {}) {
    return this.submit('/login', '/login', { email, password }, headers);
  }

  #cookies(): Record<string, string> {
    return this.cookie ? { [SESSION_COOKIE]: this.cookie } : {};
  }

  #keepCookie(response: LightMyRequestResponse): LightMyRequestResponse {
    const session = response.cookies.find(({ name }) => name === SESSION_COOKIE);
    if (session) this.cookie = session.value;
    return response;
  }
}
