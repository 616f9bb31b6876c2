import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { actorText, type AuditEntry } from '@auditrail/core';
import { memoryAudit } from '@auditrail/sdk/testing';
import type { RunAdapter } from './adapters/orders.ts';

/** The rows of the table: the names of the adapters, and the files in `adapters`. */
export const ADAPTERS = {
  Express: 'express',
  Fastify: 'fastify',
  Hono: 'hono',
  '`node:http`': 'node',
  'Next.js': 'next',
  NestJS: 'nestjs',
  'better-auth': 'better-auth',
  Drizzle: 'drizzle',
  Prisma: 'prisma',
  BullMQ: 'queue',
} as const;

type Adapter = keyof typeof ADAPTERS;

const PAGE = join(import.meta.dirname, '../../docs/adapters.md');
// The table is between these two lines.
const START = '<!-- adapters: npm run generate -w sdk -->\n';
const END = '<!-- /adapters -->\n';

const code = (text: string) => `\`${text.replaceAll('|', '\\|')}\``;
const rowStart = (name: string) => `| ${name} |`;

// `// +` marks a line that a developer adds; text after it is what an application writes instead.
function addedLines(file: string): string[] {
  const source = readFileSync(join(import.meta.dirname, 'adapters', `${file}.ts`), 'utf8');
  return [...source.matchAll(/^ *(.*?),? \/\/ \+ ?(.*)$/gm)].map(([, line = '', instead = '']) => instead || line);
}

function changeText({ path, before, after }: NonNullable<AuditEntry['changes']>[number]): string {
  const values = [before, after].filter((value) => value !== undefined).map((value) => JSON.stringify(value));
  return `${path} ${values.join(' → ')}`;
}

function entryText(entry: AuditEntry): string {
  const { action, outcome, error, target, request, changes = [] } = entry;
  const { method, endpoint, status } = request ?? {};
  const parts = [
    outcome === 'failure' && `failure ${code(error?.code ?? 'without a code')}`,
    `by ${actorText(entry)}`,
    target && `on ${target.type} ${target.name ?? target.id ?? ''}`,
    endpoint && code([method, endpoint, status].filter((part) => part !== undefined).join(' ')),
    ...changes.map(changeText),
  ];
  return [code(action), ...parts.filter((part) => typeof part === 'string')].join(', ');
}

/** An adapter's row: the lines that a developer adds, and the entries that its application recorded just now. */
async function rowOf(name: Adapter, run: RunAdapter): Promise<string> {
  const audit = memoryAudit();
  await run(audit);
  const lines = addedLines(ADAPTERS[name]).map(code);
  return `${rowStart(name)} ${lines.join('<br>')} | ${audit.entries.map(entryText).join('<br>')} |`;
}

/** The rows of the page. */
export function rowsOfPage(): string[] {
  const [, rest = ''] = readFileSync(PAGE, 'utf8').split(START);
  const lines = rest.split(END)[0]?.split('\n') ?? [];
  return lines.filter((line) => line.startsWith('|')).slice(2);
}

function saveRow(name: Adapter, row: string): void {
  const known = new Map(rowsOfPage().map((each) => [each.slice(0, each.indexOf('|', 1) + 1), each]));
  known.set(rowStart(name), row);
  const rows = Object.keys(ADAPTERS).flatMap((each) => known.get(rowStart(each)) ?? []);
  const [before = '', rest = ''] = readFileSync(PAGE, 'utf8').split(START);
  const table = ['| Adapter | Lines that you add | Entries |', '| --- | --- | --- |', ...rows].join('\n');
  writeFileSync(PAGE, `${before}${START}\n${table}\n\n${END}${rest.split(END)[1] ?? ''}`);
}

/** Runs an adapter's application, and compares its row with the page; `npm run generate -w sdk` saves it first. */
export async function expectRow(name: Adapter, run: RunAdapter): Promise<void> {
  // Each unrecorded route is logged.
  const warn = jest.spyOn(console, 'warn').mockImplementation();
  const row = await rowOf(name, run);
  warn.mockRestore();
  if (process.env['UPDATE_ADAPTERS']) saveRow(name, row);
  expect(rowsOfPage()).toContain(row);
}
