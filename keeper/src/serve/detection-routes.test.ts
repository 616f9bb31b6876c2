import { OpenAPIHono } from '@hono/zod-openapi';
import type { Days } from '../days/days.ts';
import { OutOfMemory } from '../days/duck.ts';
import { addDetectionRoutes } from './detection-routes.ts';
import { Problem } from './problem.ts';
import type { ApiEnv } from './routes.ts';

/** What the operation answers to a caller with these scopes, on days of which each scan fails or has nothing. */
async function ask(query: string, { scopes = ['entries:read'], error }: { scopes?: string[]; error?: Error } = {}) {
  const app = new OpenAPIHono<ApiEnv>();
  app.use(async (context, next) => {
    const caller = { tenant: 'audit', scopes, actor: { type: 'api_key', id: '1' } };
    context.set('caller', caller as unknown as ApiEnv['Variables']['caller']);
    await next();
  });
  app.onError((problem) => {
    if (problem instanceof Problem) return problem.toResponse();
    throw problem;
  });
  // eslint-disable-next-line @typescript-eslint/require-await
  const scan = async function* () {
    if (error) throw error;
  };
  addDetectionRoutes(app, { days: { scan } as unknown as Days, now: () => Date.UTC(2026, 10, 23) });
  const response = await app.request(`/v1/detections${query}`);
  return { status: response.status, text: await response.text() };
}

const SILENT = '?rule=auditrail-emitter-silent&thresholds=';

it.each([
  ['a time ago that would need much memory', `${SILENT}hoursAgo=1000000`, 422, 'hoursAgo is at most 2160'],
  ['a long window', `${SILENT}minutes=20161`, 422, 'minutes is at most 20160'],
  [
    'an alert that lasts long',
    '?rule=auditrail-account-created-and-deleted&thresholds=alertMinutes=20161',
    422,
    'at most',
  ],
  ['a threshold of another rule', `${SILENT}failures=1`, 422, 'has no threshold'],
  ['an inherited member', `${SILENT}constructor=1`, 422, 'has no threshold'],
  ['thresholds without a rule', '?thresholds=failures=1', 422, 'thresholds need a rule'],
  ['an unknown rule', '?rule=auditrail-x', 404, 'no rule'],
  ['a long range', '?from=2020-01-01T00:00:00Z', 422, 'more than 400 days'],
])('%s is refused', async (_, query, status, message) => {
  const answer = await ask(query);
  expect([answer.status, answer.text]).toEqual([status, expect.stringContaining(message)]);
});

it('refuses a caller who may not read entries, before anything is read', async () => {
  const answer = await ask('', { scopes: ['exports:create'], error: new Error('was read') });
  expect([answer.status, answer.text]).toEqual([403, expect.stringContaining('entries:read')]);
});

it('answers with a code of its own if there is no memory', async () => {
  const answer = await ask('', { error: new OutOfMemory('Out of Memory Error: /secret/folder') });
  expect([answer.status, answer.text]).toEqual([503, expect.stringContaining('OUT_OF_MEMORY')]);
  expect(answer.text).not.toContain('secret');
});

it('tests all rules on the last 30 days', async () => {
  const answer = await ask('');
  expect(answer.status).toBe(200);
  expect(JSON.parse(answer.text)).toMatchObject({ from: '2026-10-24T00:00:00.000Z', to: '2026-11-23T00:00:00.000Z' });
});
