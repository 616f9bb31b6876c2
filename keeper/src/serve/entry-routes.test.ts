import { OpenAPIHono } from '@hono/zod-openapi';
import type { Days } from '../days/days.ts';
import { OutOfMemory } from '../days/duck.ts';
import { addEntryRoutes } from './entry-routes.ts';
import { Problem } from './problem.ts';
import type { ApiEnv } from './routes.ts';

it('refuses a question for which there is no memory with a code of its own, and says when to ask again', async () => {
  const app = new OpenAPIHono<ApiEnv>();
  app.use(async (context, next) => {
    const caller = { tenant: 'audit', scopes: ['entries:read'], actor: { type: 'api_key', id: '1' } };
    context.set('caller', caller as unknown as ApiEnv['Variables']['caller']);
    await next();
  });
  app.onError((error) => {
    if (error instanceof Problem) return error.toResponse();
    throw error;
  });
  const count = () => Promise.reject(new OutOfMemory('Out of Memory Error: /secret/folder'));
  addEntryRoutes(app, { reader: () => Promise.resolve({ count, upTo: {} }) } as unknown as Days);
  const response = await app.request('/v1/entries/count', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ from: '0', to: '1' }),
  });
  expect(response.status).toBe(503);
  expect(response.headers.get('Retry-After')).toBe('5');
  const body = await response.text();
  expect(JSON.parse(body)).toMatchObject({ code: 'OUT_OF_MEMORY' });
  expect(body).not.toContain('secret');
});
