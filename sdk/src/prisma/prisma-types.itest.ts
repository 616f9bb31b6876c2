import { join } from 'node:path';
import { inRoot } from '@auditrail/stack';
import ts from 'typescript';
import { prismaProject } from '../testing/prisma-project.ts';

// With the generated types, which the other tests do not use.
const program = (sdk: string) => `
  import type { PrismaPGlite } from 'pglite-prisma-adapter';
  import { auditChanges } from ${JSON.stringify(sdk)};
  import { Prisma, PrismaClient } from './postgresql/client.ts';
  declare const adapter: PrismaPGlite;
  const extension = auditChanges({ outbox: 'auditOutbox', models: { invoice: ['id'] } });
  const prisma = new PrismaClient({ adapter }).$extends(extension);
  const defined = new PrismaClient({ adapter }).$extends(Prisma.defineExtension(extension));
  const further = prisma.$extends({ model: { invoice: { answer: () => 42 } } });
  export async function checked() {
    const row = await prisma.invoice.update({ where: { id: 1 }, data: { amount: 2 }, select: { amount: true } });
    const amounts: number[] = [row.amount, (await defined.invoice.findFirstOrThrow()).amount, further.invoice.answer()];
    // @ts-expect-error not selected
    row.id;
    // @ts-expect-error not a model
    prisma.bill;
    const [changed, count] = await prisma.$transaction([
      prisma.invoice.update({ where: { id: 1 }, data: { amount: 3 } }),
      prisma.invoice.count(),
    ]);
    return prisma.$transaction(async (tx) => amounts.concat(changed.amount, count, await tx.invoice.count()));
  }`;

test('a client keeps its types', async () => {
  const project = await prismaProject();
  const name = join(project, 'checked.ts');
  const options: ts.CompilerOptions = {
    ...{ strict: true, skipLibCheck: true, noEmit: true, allowImportingTsExtensions: true, types: [] },
    ...{ target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.NodeNext, customConditions: ['@auditrail/source'] },
  };
  const disk = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...disk,
    fileExists: (path) => path === name || disk.fileExists(path),
    getSourceFile: (path, target, ...rest) =>
      path === name
        ? ts.createSourceFile(path, program(inRoot('sdk/src/prisma/index.ts')), target)
        : disk.getSourceFile(path, target, ...rest),
  };
  const checked = ts.createProgram([name], options, host);
  const problems = [
    ...checked.getSyntacticDiagnostics(),
    ...checked.getSemanticDiagnostics(checked.getSourceFile(name)),
  ];
  expect(problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([]);
}, 300_000);
