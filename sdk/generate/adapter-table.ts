import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { actorText, type AuditEntry } from '@auditrail/core';
import { memoryAudit } from '@auditrail/sdk/testing';
import { run as betterAuth } from './adapters/better-auth.ts';
import { run as drizzle } from './adapters/drizzle.ts';
import { run as express } from './adapters/express.ts';
import { run as fastify } from './adapters/fastify.ts';
import { run as hono } from './adapters/hono.ts';
import { run as nestjs } from './adapters/nestjs.ts';
import { run as next } from './adapters/next.ts';
import { run as node } from './adapters/node.ts';
import { run as queue } from './adapters/queue.ts';
import type { RunAdapter } from './adapters/orders.ts';

const ADAPTERS: readonly [name: string, file: string, run: RunAdapter][] = [
  ['Express', 'express', express],
  ['Fastify', 'fastify', fastify],
  ['Hono', 'hono', hono],
  ['`node:http`', 'node', node],
  ['Next.js', 'next', next],
  ['NestJS', 'nestjs', nestjs],
  ['better-auth', 'better-auth', betterAuth],
  ['Drizzle', 'drizzle', drizzle],
  ['BullMQ', 'queue', queue],
];

/** The page with the table, which is between these two lines. */
export const PAGE = 'docs/adapters.md';
const START = '<!-- adapters: npm run generate -w sdk -->\n';
const END = '<!-- /adapters -->\n';

const code = (text: string) => `\`${text.replaceAll('|', '\\|')}\``;

// `// +` marks a line that a developer adds; text after it is what an application writes instead.
function addedLines(file: string): string[] {
  const source = readFileSync(join(import.meta.dirname, 'adapters', `${file}.ts`), 'utf8');
  return [...source.matchAll(/^ *(.*?),? \/\/ \+ ?(.*)$/gm)].map(([, line = '', instead = '']) => instead || line);
}

function entryText(entry: AuditEntry): string {
  const { action, outcome, error, target, request, changes = [] } = entry;
  const { method, endpoint, status } = request ?? {};
  const parts = [
    outcome === 'failure' && `failure ${code(error?.code ?? '')}`,
    `by ${actorText(entry)}`,
    target && `on ${target.type} ${target.name ?? target.id ?? ''}`,
    endpoint && code([method, endpoint, status].filter((part) => part !== undefined).join(' ')),
    ...changes.map(
      ({ path, before, after }) =>
        `${path} ${before === undefined ? '' : `${JSON.stringify(before)} → `}${JSON.stringify(after)}`,
    ),
  ];
  return [code(action), ...parts.filter((part) => typeof part === 'string')].join(', ');
}

/** The lines that a developer adds for each adapter, and the entries that its application recorded just now. */
export async function adapterTable(): Promise<string> {
  const rows: string[] = [];
  for (const [name, file, run] of ADAPTERS) {
    const audit = memoryAudit();
    await run(audit);
    const lines = addedLines(file).map(code).join('<br>');
    rows.push(`| ${name} | ${lines} | ${audit.entries.map(entryText).join('<br>')} |`);
  }
  return ['| Adapter | Lines that you add | Entries |', '| --- | --- | --- |', ...rows, ''].join('\n');
}

/** The page, with this table. */
export function withTable(page: string, table: string): string {
  const [before = '', rest = ''] = page.split(START);
  const [, after = ''] = rest.split(END);
  return `${before}${START}\n${table}\n${END}${after}`;
}
