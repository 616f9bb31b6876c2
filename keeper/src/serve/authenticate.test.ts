import { authenticate, requireScope } from './authenticate.ts';
import type { Tokens } from './tokens.ts';

const TOKEN = 'token-of-the-proxy';
const user = { uid: 'u1', login: 'ada', name: 'Ada', email: '', orgId: 1 };
const grafana = { token: TOKEN, identity: { verify: () => Promise.resolve(user) }, orgs: new Map([[1, 'audit']]) };
const tokens = { verify: () => 'unknown' } as unknown as Tokens;
const callerAt = (path: string) =>
  authenticate((name) => (name === 'authorization' ? `Bearer ${TOKEN}` : undefined), { tokens, grafana, path });

it.each(['/v1/entries', '/v1/entries/count', '/v1/entries/volume', '/v1/entries/values', '/v1/entries/any/path'])(
  'a person who came by the route to entries can read, and not export: %s',
  async (path) => {
    const caller = await callerAt(path);
    expect(caller.scopes).toEqual(['entries:read']);
    expect(() => requireScope(caller, 'exports:create')).toThrow('exports:create');
  },
);

it.each([
  ...['/v1/exports', '/v1/exports/1/files/csv', '/v1/health/pipeline', '/v1/entries-of-others', '/v1/Entries', '/'],
  ...['/v1/exports/../entries', '//v1/entries', '/v1//entries', '/v1/%65ntries'],
])('a person who came by the route to exports can export, and not read entries: %s', async (path) => {
  const caller = await callerAt(path);
  expect(caller.scopes).toEqual(['exports:read', 'exports:create', 'exports:delete']);
  expect(() => requireScope(caller, 'entries:read')).toThrow('entries:read');
});
