import { ADAPTERS, expectRow, rowsOfPage } from './adapter-table.ts';
import { run as betterAuth } from './adapters/better-auth.ts';
import { run as drizzle } from './adapters/drizzle.ts';
import { run as express } from './adapters/express.ts';
import { run as fastify } from './adapters/fastify.ts';
import { run as hono } from './adapters/hono.ts';
import { run as nestjs } from './adapters/nestjs.ts';
import { run as next } from './adapters/next.ts';
import { run as node } from './adapters/node.ts';
import { run as queue } from './adapters/queue.ts';

// Prisma is in adapter-table.itest.ts, because its packages are installed when they are needed.
test.each([
  ['Express', express],
  ['Fastify', fastify],
  ['Hono', hono],
  ['`node:http`', node],
  ['Next.js', next],
  ['NestJS', nestjs],
  ['better-auth', betterAuth],
  ['Drizzle', drizzle],
  ['BullMQ', queue],
] as const)('the row of %s has the entries that it records: npm run generate -w sdk', expectRow, 60_000);

test('the table has a row for each adapter', () => {
  expect(rowsOfPage().map((row) => row.split(' | ')[0])).toEqual(Object.keys(ADAPTERS).map((name) => `| ${name}`));
});
