import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { createServer as createHttpServer } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureDebianPackage } from '@auditrail/stack';
import { Queue, Worker, type Job } from 'bullmq';
import { Redis } from 'ioredis';
import { auditRequests } from '../http/node.ts';
import { memoryAudit } from '../logger/testing.ts';
import { carry, resumeJob } from './queue.ts';
import { withRequest } from './with-request.ts';

// A real BullMQ on a Redis of its own: the request sends a job, and the worker records.
let redis: ChildProcess;
let port: number;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function untilListening(): Promise<void> {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; await sleep(20)) {
    const socket = connect(port, '127.0.0.1');
    const connected = await new Promise((resolve) =>
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false)),
    );
    socket.destroy();
    if (connected) return;
  }
  throw new Error('Redis did not start within 10 seconds');
}

beforeAll(async () => {
  const program = await ensureDebianPackage('redis-server', 'redis-server');
  port = await freePort();
  redis = spawn(program, ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'], {
    stdio: 'ignore',
  });
  await untilListening();
}, 120_000);
afterAll(async () => {
  const ended = once(redis, 'exit');
  redis.kill();
  await ended;
});

test("a worker's entries have actor, address and request of the request that sent the job", async () => {
  const audit = memoryAudit();
  const connections = [1, 2].map(() => new Redis({ port, host: '127.0.0.1', maxRetriesPerRequest: null }));
  const [client, workerClient] = connections as [Redis, Redis];
  const queue = new Queue<{ orderId: number }>('orders', { connection: client });
  const refund = async (job: Job<{ orderId: number }>) => {
    if (job.attemptsMade === 0 && job.data.orderId === 2) throw new Error('try again');
    await withRequest(audit).record({ action: 'order.refunded', description: `Order ${job.data.orderId} refunded` });
    return job.data.orderId;
  };
  const worker = new Worker('orders', resumeJob(refund), { connection: workerClient });
  const completed = new Set<number>();
  worker.on('completed', (_job, orderId: number) => completed.add(orderId));

  const options = {
    getIdentity: ({ headers }: { headers: { [name: string]: unknown } }) => ({
      actor: { type: 'user' as const, id: String(headers['x-user']) },
    }),
    getRoute: () => '/orders/:id',
    // The worker records.
    unrecorded: false as const,
  };
  const server = createHttpServer(
    auditRequests(options, (request, response) => {
      const orderId = Number(request.url?.slice(1));
      void queue.add('refund', carry({ orderId }), { attempts: 2 }).then(
        () => response.writeHead(202).end(),
        () => response.writeHead(500).end(),
      );
    }),
  ).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const answers = await Promise.all(
      [1, 2].map((id) => fetch(`${url}/${id}`, { method: 'POST', headers: { 'x-user': `u${id}` } })),
    );
    expect(answers.map(({ status }) => status)).toEqual([202, 202]);
    // A scheduled job has no request.
    await queue.add('nightly', { orderId: 3 });
    for (const deadline = Date.now() + 15_000; completed.size < 3 && Date.now() < deadline;) await sleep(20);
  } finally {
    server.close();
    await worker.close();
    await queue.close();
    for (const connection of connections) connection.disconnect();
  }
  const entries = [...audit.entries].sort((a, b) => a.description.localeCompare(b.description));
  const request = { method: 'POST', endpoint: '/orders/:id', operation: 'refund' };
  expect(entries).toMatchObject([
    { description: 'Order 1 refunded', actor: { type: 'user', id: 'u1' }, source: { ip: '127.0.0.1' }, request },
    { description: 'Order 2 refunded', actor: { type: 'user', id: 'u2' }, source: { ip: '127.0.0.1' }, request },
    { description: 'Order 3 refunded', actor: { type: 'system', id: 'nightly' }, category: 'task' },
  ]);
}, 30_000);
