import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureVersitygw, freePort } from '@auditrail/stack';

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

/**
 * An S3-compatible server for tests, with the bucket `audit` in `<folder>/buckets/audit`. The first run builds it from its Go
 * module, which takes minutes.
 */
export async function s3Server(folder: string) {
  for (const name of ['buckets/audit', 'sidecar', 'versions']) mkdirSync(join(folder, name), { recursive: true });
  const port = await freePort();
  const connection = {
    ...{ s3Endpoint: `http://127.0.0.1:${port}`, s3Region: 'us-east-1' },
    ...{ s3KeyId: 'keeper', s3Secret: 'a-secret-of-the-test' },
  };
  let server: ChildProcess | undefined;
  const running = {
    connection,
    async start(): Promise<void> {
      const program = await ensureVersitygw();
      const root = { ROOT_ACCESS_KEY: connection.s3KeyId, ROOT_SECRET_KEY: connection.s3Secret };
      // Metadata is beside the objects, because not every file system has attributes.
      const args = [
        ...['--port', `127.0.0.1:${port}`, 'posix', '--sidecar', join(folder, 'sidecar')],
        ...['--versioning-dir', join(folder, 'versions'), join(folder, 'buckets')],
      ];
      server = spawn(program, args, { env: { PATH: process.env['PATH'], HOME: folder, ...root }, stdio: 'ignore' });
      for (let tries = 0; tries < 100 && !(await listens(port)); tries++) await sleep(100);
    },
    async stop(): Promise<void> {
      const ended = new Promise((resolve) => server?.once('exit', resolve));
      server?.kill('SIGKILL');
      await ended;
    },
  };
  await running.start();
  return running;
}
