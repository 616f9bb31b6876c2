import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express, { type ErrorRequestHandler, type Request } from 'express';
import { testStack, uniqueTenant } from '../../../stack/src/testing/test-stack.ts';
import { waitForTrail } from '../../../stack/src/testing/index.ts';
import { createAuditLogger } from '../logger/audit-logger.ts';
import { recordAll } from '../record/bulk.ts';
import { recordRead } from '../record/read.ts';
import { runJob } from '../record/jobs.ts';
import { signIn } from '../record/sign-in.ts';
import { auditRequests } from './express.ts';
import { sessionIdOf, withRequest } from '../context/index.ts';

test('requests, sign-ins, reads, jobs and bulk writes of an Express app reach Loki unchanged', async () => {
  const { urls, tokensFor } = testStack();
  const tenant = uniqueTenant('express');
  const spool = mkdtempSync(join(tmpdir(), 'express-'));
  const audit = withRequest(
    createAuditLogger({
      service: 'crm',
      spool,
      tenant,
      endpoint: urls.collector,
      token: tokensFor(tenant).write,
      integrity: { marks: false },
    }),
  );
  const app = express();
  const getIdentity = (req: Request) => {
    const email = req.get('x-user');
    return email === undefined ? undefined : { actor: { type: 'user' as const, email } };
  };
  app.use(auditRequests({ trustProxy: ['loopback'], session: 'sid', authContext: 'ui', getIdentity }));
  app.post('/login', async (_req, res) => {
    await signIn.failure(audit, {
      actor: { type: 'user', email: 'ada@example.com' },
      error: { message: 'wrong password' },
    });
    res.sendStatus(401);
  });
  app.get('/people/:id', async (req, res) => {
    await recordRead(audit, { subject: { type: 'user', id: req.params.id }, page: '/people/:id' });
    res.send('Grace');
  });
  app.post('/refused', async () => {
    await audit.record({ action: 'not an action', description: '' });
  });
  const onError: ErrorRequestHandler = (error: { code?: string }, _req, res, next) => {
    if (res.headersSent) return next(error);
    res.status(500).send(error.code);
  };
  app.use(onError);
  const server = app.listen(0, '127.0.0.1');
  try {
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const headers = { 'x-forwarded-for': '1.1.1.1, 192.0.2.7', 'user-agent': 'Browser', cookie: 'sid=secret-cookie' };
    await fetch(`${url}/login`, { method: 'POST', headers });
    await fetch(`${url}/people/42?token=secret-token`, { headers: { ...headers, 'x-user': 'ada@example.com' } });
    expect(await (await fetch(`${url}/refused`, { method: 'POST', headers })).text()).toBe('INVALID_ENTRY');
    await runJob(audit, { name: 'import' }, () =>
      recordAll(
        audit,
        ['a', 'b', 'c'].map((row) => ({ action: 'row.imported', description: row })),
      ),
    );
    await audit.flush();

    const lines = await waitForTrail(testStack(), tenant, 6);
    const source = { ip: '192.0.2.7', userAgent: 'Browser', sessionId: sessionIdOf('secret-cookie') };
    const actor = { type: 'user', email: 'ada@example.com' };
    const job = { actor: { type: 'system', id: 'import' }, category: 'task', service: 'crm' };
    expect(lines.map(({ entry }) => entry).reverse()).toMatchObject([
      { action: 'user.login', outcome: 'failure', actor, source, request: { method: 'POST', endpoint: '/login' } },
      { action: 'pii.read.user', channel: 'pii-read', actor, source, authContext: 'ui', target: { id: '42' } },
      { action: 'row.imported', description: 'a', ...job },
      { action: 'row.imported', description: 'b', ...job },
      { action: 'row.imported', description: 'c', ...job },
      { action: 'job.finished', ...job },
    ]);
    expect(lines.map(({ line }) => line).join()).not.toContain('secret');
  } finally {
    server.closeAllConnections();
    server.close();
    await audit.shutdown();
    rmSync(spool, { recursive: true });
  }
});
