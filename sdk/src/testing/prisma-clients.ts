import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { prismaProject } from './prisma-project.ts';

type Name =
  'findMany' | 'create' | 'createMany' | 'createManyAndReturn' | 'update' | 'updateMany' | 'updateManyAndReturn';
type Operation = <T = Record<string, unknown>>(args?: object) => Promise<T>;
type Operations = Record<Name | 'upsert' | 'delete' | 'deleteMany' | 'count', Operation>;

/** A generated client, as far as tests use it. */
export interface Prisma extends Record<
  'invoice' | 'Invoice' | 'person' | 'tag' | 'member' | 'permit' | 'auditOutbox',
  Operations
> {
  $transaction: <T>(work: ((tx: Prisma) => Promise<T>) | readonly unknown[], options?: object) => Promise<T>;
  $executeRawUnsafe: (sql: string) => Promise<number>;
  $extends: { <C>(extension: (client: Prisma) => C): C; (extension: object): Prisma };
  $disconnect: () => Promise<void>;
}

export interface TestDatabase {
  prisma: Prisma;
  close: () => Promise<void>;
}

const TABLES = [
  `"Person" (id SERIAL, email TEXT NOT NULL UNIQUE)`,
  `invoices (id INTEGER PRIMARY KEY, amount INTEGER NOT NULL CHECK (amount >= 0), api_token TEXT, owner_id INTEGER)`,
  `"Tag" (name TEXT PRIMARY KEY)`,
  `"_InvoiceToTag" ("A" INTEGER NOT NULL, "B" TEXT NOT NULL, UNIQUE ("A", "B"))`,
  `members (team_name TEXT, person TEXT, role TEXT NOT NULL, PRIMARY KEY (team_name, person))`,
  `permits (kind "Kind" NOT NULL, "from" TIMESTAMP(3) NOT NULL, hours INTEGER NOT NULL, PRIMARY KEY (kind, "from"))`,
  `audit_outbox (position SERIAL, entry TEXT NOT NULL CHECK (entry NOT LIKE '%forbidden%'))`,
];

async function clientOf(project: string, provider: string, adapter: object): Promise<Prisma> {
  const path = join(project, provider, 'client.ts');
  const { PrismaClient } = (await import(path)) as { PrismaClient: new (options: object) => Prisma };
  return new PrismaClient({ adapter });
}

async function adapterOf(project: string, packageName: string, name: string, options: object): Promise<object> {
  const path = join(project, 'node_modules', packageName);
  const adapters = (await import(path)) as Record<string, new (of: object) => object>;
  const Adapter = adapters[name];
  if (!Adapter) throw new Error(`${packageName} has no ${name}`);
  return new Adapter(options);
}

/** The real Prisma on a new database, PostgreSQL (as WebAssembly) or SQLite, with empty tables. */
export async function openPrisma(database: 'PostgreSQL' | 'SQLite'): Promise<TestDatabase> {
  const project = await prismaProject();
  const folder = mkdtempSync(join(tmpdir(), 'auditrail-prisma-'));
  const postgres = database === 'PostgreSQL' ? new PGlite() : undefined;
  const adapter = postgres
    ? await adapterOf(project, 'pglite-prisma-adapter', 'PrismaPGlite', postgres)
    : await adapterOf(project, '@prisma/adapter-libsql', 'PrismaLibSql', { url: `file:${join(folder, 'test.db')}` });
  const prisma = await clientOf(project, postgres ? 'postgresql' : 'sqlite', adapter);
  const serial = postgres ? 'SERIAL PRIMARY KEY' : 'INTEGER PRIMARY KEY AUTOINCREMENT';
  if (postgres) await prisma.$executeRawUnsafe(`CREATE TYPE "Kind" AS ENUM ('l-o-n-g', 'short')`);
  for (const table of TABLES) await prisma.$executeRawUnsafe(`CREATE TABLE ${table.replace('SERIAL', serial)}`);
  const close = async () => {
    await prisma.$disconnect();
    await postgres?.close();
    rmSync(folder, { recursive: true });
  };
  return { prisma, close };
}
