import { readFileSync } from 'node:fs';
import type { Route } from '@auditrail/sdk/coverage';
import { z } from 'zod';
import { UsageError } from '../terminal/usage-error.ts';

const routesSchema = z.array(
  z.object({ method: z.string().regex(/^[A-Za-z]+$/), route: z.string().min(1).max(2_000) }),
);
// The file of `actions.toJSON()`, or a list of names.
const actionsSchema = z.union([
  z.array(z.string().min(1)),
  z.object({ actions: z.record(z.string(), z.unknown()) }).transform(({ actions }) => Object.keys(actions)),
]);

function read<T>(path: string, schema: z.ZodType<T>, expected: string): T {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new UsageError(`${path} cannot be read as JSON: ${(cause as Error).message}`, { cause });
  }
  const result = schema.safeParse(value);
  if (!result.success) throw new UsageError(`${path} is not ${expected}`, { cause: result.error });
  return result.data;
}

/** The routes of a file that `listRoutes()` wrote, without those that are ignored. @throws UsageError */
export function readRoutes(path: string, ignored: readonly string[] = []): Route[] {
  const routes = read(path, routesSchema, 'a list of { "method": "POST", "route": "/orders/:id" }');
  const names = new Set(ignored);
  const kept = routes
    .map(({ method, route }) => ({ method: method.toUpperCase(), route }))
    .filter(({ method, route }) => !names.has(route) && !names.has(`${method} ${route}`));
  if (kept.length > 0) return kept;
  throw new UsageError(`${path} contains no routes${routes.length > 0 ? ' that are not ignored' : ''}`);
}

/** The names of the actions of a file. @throws UsageError */
export function readActions(path: string): string[] {
  const names = [...new Set(read(path, actionsSchema, 'the JSON of defineActions(), or a list of actions'))];
  if (names.length > 0) return names;
  throw new UsageError(`${path} contains no actions`);
}
