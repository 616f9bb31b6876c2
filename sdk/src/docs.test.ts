import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import ts from 'typescript';

// Every block of TypeScript in these pages compiles as it stands there, in a strict project. Words that a page leaves to the
// reader stand here.
const ROOT = join(__dirname, '../..');
const AUDIT = `declare const audit: import('@auditrail/sdk').AuditLogger;`;
const PAGES: Record<string, string> = {
  'README.md': '',
  'sdk/README.md': '',
  'docs/actions.md': '',
  'docs/data-care.md': '',
  'docs/opentelemetry.md': `declare const existing: import('@opentelemetry/sdk-logs').LogRecordProcessor[];`,
  'docs/requests.md': `
    ${AUDIT}
    declare const id: string, name: string, email: string, actor: { type: 'user'; id: string };
    declare function expireSessions(): Promise<number>;`,
};

const blocks = Object.entries(PAGES).flatMap(([page, words]) =>
  [...readFileSync(join(ROOT, page), 'utf8').matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = ''], i) => {
    // Where a block has its own logger, it is that one.
    const given = /const audit =/.test(code) ? words.replace(AUDIT, '') : words;
    return {
      name: join(ROOT, 'sdk/src', `${page.replace(/\W/g, '-')}-${i + 1}.ts`),
      text: `${code}\n${given}\nexport {};\n`,
    };
  }),
);

test('the code in the docs compiles', () => {
  expect(blocks.length).toBeGreaterThanOrEqual(9);
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.base.json'), (path) => ts.sys.readFile(path)) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson(
    { ...config.compilerOptions, noEmit: true, types: ['node'] },
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
  const told = [...texts.keys()].flatMap((name) =>
    [
      ...program.getSyntacticDiagnostics(program.getSourceFile(name)),
      ...program.getSemanticDiagnostics(program.getSourceFile(name)),
    ].map(({ messageText }) => `${basename(name)}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`),
  );
  expect(told).toEqual([]);
}, 120_000);
