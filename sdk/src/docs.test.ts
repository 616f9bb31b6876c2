import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import ts from 'typescript';

// Each block of TypeScript in these pages compiles as it is, in a strict project. Names that a page does not define are
// declared here.
const ROOT = join(__dirname, '../..');
const AUDIT = `declare const audit: import('@auditrail/sdk').AuditLogger;`;
const AUTH = `declare const auth: ReturnType<typeof import('better-auth').betterAuth>;`;
const PAGES: Record<string, string> = {
  'README.md': '',
  'sdk/README.md': '',
  'docs/actions.md': '',
  'docs/adapters.md': `${AUDIT}
    declare const connection: import('bullmq').ConnectionOptions, app: import('@nestjs/common').INestApplication;
    declare const actor: { type: 'user'; id: string };
    ${AUTH}
    declare function session(): Promise<object | undefined>;
    import { eq } from 'drizzle-orm';
    import { drizzle } from 'drizzle-orm/pglite';
    import { bigint, integer, pgTable, text } from 'drizzle-orm/pg-core';
    declare const client: import('@electric-sql/pglite').PGlite;
    declare const invoices: ReturnType<typeof tables>['invoices'], auditOutbox: ReturnType<typeof tables>['outbox'];
    function tables() {
      const outbox = pgTable('audit_outbox', { position: bigint({ mode: 'number' }).notNull(), entry: text().notNull() });
      return { outbox, invoices: pgTable('invoices', { id: integer().primaryKey(), amount: integer() }) };
    }`,
  'docs/coverage.md': `declare const app: import('express').Express;`,
  'docs/data-care.md': '',
  'docs/getting-started.md': '',
  'docs/import.md': 'declare const events: AsyncIterable<Record<"id" | "time" | "action" | "text" | "user", string>>;',
  'docs/opentelemetry.md': `declare const existing: import('@opentelemetry/sdk-logs').LogRecordProcessor[];`,
  'docs/requests.md': `
    ${AUDIT}
    declare const id: string, name: string, email: string, actor: { type: 'user'; id: string };
    declare function expireSessions(): Promise<number>;`,
};

/** The blocks of these pages are one program. */
const PROGRAMS = ['docs/getting-started.md'];

function codeOf(page: string): string[] {
  const code = [...readFileSync(join(ROOT, page), 'utf8').matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(
    ([, block = '']) => block,
  );
  return PROGRAMS.includes(page) ? [code.join('\n')] : code;
}

const blocks = Object.entries(PAGES).flatMap(([page, declarations]) =>
  codeOf(page).map((code, i) => {
    // A block may create its own logger, or its own better-auth.
    const own = [/const audit =/.test(code) && AUDIT, /const auth =/.test(code) && AUTH].filter(
      (each) => each !== false,
    );
    const declared = own.reduce((text, each) => text.replace(each, ''), declarations);
    return {
      name: join(ROOT, 'sdk/src', `${page.replace(/\W/g, '-')}-${i + 1}.ts`),
      text: `${code}\n${declared}\nexport {};\n`,
    };
  }),
);

test('the code in the docs compiles', () => {
  expect(blocks.length).toBeGreaterThanOrEqual(9);
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.base.json'), (path) => ts.sys.readFile(path)) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson(
    { ...config.compilerOptions, noEmit: true, types: ['node'], experimentalDecorators: true },
    ROOT,
  );
  const disk = ts.createCompilerHost(options);
  const texts = new Map(blocks.map(({ name, text }) => [name, text]));
  const host: ts.CompilerHost = {
    ...disk,
    readFile: (name) => texts.get(name) ?? disk.readFile(name),
    fileExists: (name) => texts.has(name) || disk.fileExists(name),
    getSourceFile(name, target, ...rest) {
      const text = texts.get(name);
      return text === undefined ? disk.getSourceFile(name, target, ...rest) : ts.createSourceFile(name, text, target);
    },
  };
  const program = ts.createProgram([...texts.keys()], options, host);
  const problems = [...texts.keys()].flatMap((name) =>
    [
      ...program.getSyntacticDiagnostics(program.getSourceFile(name)),
      ...program.getSemanticDiagnostics(program.getSourceFile(name)),
    ].map(({ messageText }) => `${basename(name)}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`),
  );
  expect(problems).toEqual([]);
}, 120_000);
