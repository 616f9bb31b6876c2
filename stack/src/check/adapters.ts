import { run } from '../install/run.ts';

/** An app for each adapter of the SDK, with one route that records an entry. */
const APPS = {
  express: `
    const app = (await load('express')).default();
    app.use(auditRequests());
    app.get('/people/:id', (req, res, next) => void recordEntry().then(() => res.send('ok'), next));
    const server = app.listen(0, '127.0.0.1', () => sendRequest(server));`,
  fastify: `
    const app = (await load('fastify')).default();
    await app.register(auditRequests, {});
    app.get('/people/:id', async () => { await recordEntry(); return 'ok'; });
    await app.listen({ port: 0, host: '127.0.0.1' });
    sendRequest(app.server);`,
  hono: `
    const { Hono } = await load('hono');
    const { serve } = await load('@hono/node-server');
    const app = new Hono();
    app.use(auditRequests());
    app.get('/people/:id', async (c) => { await recordEntry(); return c.text('ok'); });
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, () => sendRequest(server));`,
  node: `
    const { createServer } = await load('node:http');
    const server = createServer(auditRequests({ getRoute: () => '/people/:id' }, (request, response) =>
      recordEntry().then(() => response.end('ok'))));
    server.listen(0, '127.0.0.1', () => sendRequest(server));`,
};

export const ADAPTERS = Object.keys(APPS) as (keyof typeof APPS)[];

// Catches adapters that fail because the app and the adapter load different builds (ES module, CommonJS) of the framework.
const programOf = (adapter: keyof typeof APPS) => `
  const { auditRequests } = await load('@auditrail/sdk/${adapter}');
  const { withRequest } = await load('@auditrail/sdk/context');
  const { memoryAudit } = await load('@auditrail/sdk/testing');
  const audit = memoryAudit();
  const recordEntry = () => withRequest(audit).record({ action: 'person.seen', description: 'Seen' });
  async function sendRequest(server) {
    const response = await fetch('http://127.0.0.1:' + server.address().port + '/people/7');
    const [entry] = audit.entries;
    console.log([response.status, entry?.request?.endpoint, entry?.source?.ip].join(' '));
    process.exit(0);
  }
  ${APPS[adapter]}`;

/** Whether the packed adapter records a request's entry, in an ES module app and in a CommonJS app. */
export async function adapterRecords(adapter: keyof typeof APPS, app: string): Promise<boolean> {
  const program = programOf(adapter);
  const forms = [
    ['--input-type=module', '-e', `const load = (name) => import(name);\n${program}`],
    // require() returns a CommonJS package without `default`.
    [
      '--input-type=commonjs',
      '-e',
      `const load = async (name) => { const loaded = require(name); return loaded.default ? loaded : Object.assign(Object.create(loaded), { default: loaded }); };\n(async () => {${program}})()`,
    ],
  ];
  let passed = true;
  for (const args of forms) {
    const { code, output, log } = await run(process.execPath, args, {
      cwd: app,
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    if (code === 0 && output.includes('200 /people/:id 127.0.0.1')) continue;
    console.error(`the ${adapter} adapter did not record with ${args[0]}:\n${output}${log}`);
    passed = false;
  }
  return passed;
}
