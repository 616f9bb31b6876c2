import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inRoot, npmProject } from '@auditrail/stack';

// Prisma's packages take 300 MB, so that they are not development dependencies.
const PRISMA = '7.10.0';
const PGLITE_ADAPTER = '0.7.2';

const MODELS = `
model Invoice {
  id       Int      @id
  amount   Int
  apiToken String?  @map("api_token")
  owner    Person?  @relation(fields: [ownerId], references: [id])
  ownerId  Int?     @map("owner_id")
  tags     Tag[]
  @@map("invoices")
}
model Person {
  id       Int       @id @default(autoincrement())
  email    String    @unique
  invoices Invoice[]
}
model Tag {
  name     String    @id
  invoices Invoice[]
}
model Member {
  team   String @map("team_name")
  person String
  role   String
  @@id([team, person])
  @@map("members")
}
enum Kind {
  long  @map("l-o-n-g")
  short
}
model Permit {
  kind  Kind
  from  DateTime
  hours Int
  @@id([kind, from])
  @@map("permits")
}
model AuditOutbox {
  position BigInt @id @default(autoincrement())
  entry    String
  @@map("audit_outbox")
}
`;

const schema = (provider: string) => `
generator client {
  provider               = "prisma-client"
  output                 = "./${provider}"
  engineType             = "client"
  runtime                = "nodejs"
  moduleFormat           = "cjs"
  generatedFileExtension = "ts"
  importFileExtension    = "ts"
}
datasource db {
  provider = "${provider}"
}
${provider === 'sqlite' ? MODELS.replace('BigInt', 'Int   ') : MODELS}`;

const PROVIDERS = ['postgresql', 'sqlite'] as const;

/**
 * The real Prisma with its clients for PostgreSQL and SQLite, generated from one schema.
 *
 * @returns a folder with `node_modules` and the clients `postgresql/client.ts` and `sqlite/client.ts`
 */
export function prismaProject(): Promise<string> {
  const { devDependencies } = JSON.parse(readFileSync(inRoot('sdk/package.json'), 'utf8')) as {
    devDependencies: Record<string, string>;
  };
  return npmProject({
    packages: {
      prisma: PRISMA,
      '@prisma/client': PRISMA,
      '@prisma/adapter-libsql': PRISMA,
      'pglite-prisma-adapter': PGLITE_ADAPTER,
      '@electric-sql/pglite': devDependencies['@electric-sql/pglite'] ?? '',
    },
    files: Object.fromEntries(PROVIDERS.map((provider) => [`${provider}.prisma`, schema(provider)])),
    commands: PROVIDERS.map((provider) => [
      join('node_modules', 'prisma', 'build', 'index.js'),
      ...['generate', '--schema', `${provider}.prisma`],
    ]),
    // `generate` downloads a schema engine that it does not use, unless one is named.
    env: { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, PRISMA_HIDE_UPDATE_MESSAGE: '1', CHECKPOINT_DISABLE: '1' },
  });
}
