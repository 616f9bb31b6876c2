import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * What a proxy does with a request: answers itself, gives no answer (`hang`), closes the connection (`reset`), or passes
 * the request on and closes the connection instead of passing the answer back (`lose-answer`).
 */
export type Fault =
  | { status: number; type?: string; body?: string | Buffer; headers?: Record<string, string> }
  | 'hang'
  | 'reset'
  | 'lose-answer';

/** Decides on each request: a fault, or `undefined` to pass it on. */
export type Judge = (asked: { url: string; tenant: string; body: Buffer }) => Fault | undefined;

/** A proxy before Loki (or any HTTP server) that can be told to fail. */
export interface FaultyProxy {
  url: string;
  /** Replaces what decides from now on; without one all requests pass. */
  fail(judge?: Judge): void;
  stop(): Promise<void>;
}

/**
 * Starts a proxy on a free port of 127.0.0.1.
 *
 * @param target base address of the server behind it
 * @example
 * const proxy = await startFaultyProxy(lokiUrl);
 * proxy.fail(() => ({ status: 413 }));
 */
export async function startFaultyProxy(target: string): Promise<FaultyProxy> {
  let judge: Judge | undefined;
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const body = Buffer.concat(chunks);
      const url = incoming.url ?? '';
      const tenant = String(incoming.headers['x-scope-orgid'] ?? '');
      const fault = judge?.({ url, tenant, body });
      if (fault === 'hang') return;
      if (fault === 'reset') {
        incoming.socket.destroy();
        return;
      }
      if (fault && fault !== 'lose-answer') {
        const { status, type = 'text/plain', body: text = '', headers = {} } = fault;
        response.writeHead(status, { 'content-type': type, ...headers }).end(text);
        return;
      }
      const onward = request(
        `${target}${url}`,
        { method: incoming.method ?? 'GET', headers: incoming.headers },
        (answer) => {
          if (fault === 'lose-answer') {
            answer.resume().on('end', () => incoming.socket.destroy());
            return;
          }
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(response);
        },
      );
      onward.on('error', () => response.destroy());
      onward.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    fail: (next) => (judge = next),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
