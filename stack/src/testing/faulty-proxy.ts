import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * How the proxy fails: sends its own response, sends none (`hang`), closes the connection (`reset`), or forwards the request
 * and closes the connection instead of returning the response (`lose-answer`).
 */
export type Fault =
  | { status: number; type?: string; body?: string | Buffer; headers?: Record<string, string> }
  | 'hang'
  | 'reset'
  | 'lose-answer';

/** Chooses a fault for a request, or `undefined` to forward it. */
export type ChooseFault = (request: { url: string; tenant: string; body: Buffer }) => Fault | undefined;

/** A proxy for Loki (or another HTTP server) that fails on demand. */
export interface FaultyProxy {
  url: string;
  /** Sets the function that chooses faults; without one, forwards all requests. */
  fail(chooseFault?: ChooseFault): void;
  stop(): Promise<void>;
}

/**
 * Starts a proxy on a free port of 127.0.0.1.
 *
 * @param target base URL of the server behind the proxy
 * @example
 * const proxy = await startFaultyProxy(lokiUrl);
 * proxy.fail(() => ({ status: 413 }));
 */
export async function startFaultyProxy(target: string): Promise<FaultyProxy> {
  let chooseFault: ChooseFault | undefined;
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const body = Buffer.concat(chunks);
      const url = incoming.url ?? '';
      const tenant = String(incoming.headers['x-scope-orgid'] ?? '');
      const fault = chooseFault?.({ url, tenant, body });
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
      const forwarded = request(
        `${target}${url}`,
        { method: incoming.method ?? 'GET', headers: incoming.headers },
        (upstream) => {
          if (fault === 'lose-answer') {
            upstream.resume().on('end', () => incoming.socket.destroy());
            return;
          }
          response.writeHead(upstream.statusCode ?? 502, upstream.headers);
          upstream.pipe(response);
        },
      );
      forwarded.on('error', () => response.destroy());
      forwarded.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    fail: (next) => (chooseFault = next),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
