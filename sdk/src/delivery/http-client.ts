import type { IncomingHttpHeaders } from 'node:http';

/** What TLS needs beyond the system's certificates, each as PEM. */
export interface TlsOptions {
  /** Authorities that may have signed the server's certificate, instead of the system's. */
  ca?: string | Buffer | (string | Buffer)[] | undefined;
  /** The client's own certificate, where the server wants one. */
  cert?: string | Buffer | undefined;
  /** The private key of `cert`. */
  key?: string | Buffer | undefined;
  /** What `key` is encrypted with. */
  passphrase?: string | undefined;
}

export interface HttpAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** False where the body was longer and the rest was not read. */
  complete: boolean;
}

/** Requests are tried once; redirects are not followed. */
export interface HttpClient {
  /**
   * Keeps at most 64 KiB of the answer.
   *
   * @throws Error where there is no whole answer: the network, TLS, the deadline, or `close`
   */
  post(headers: Record<string, string>, body: Buffer): Promise<HttpAnswer>;
  /**
   * As `post`, with a query (`?…`) that is added to the address.
   *
   * @param maxBytes of the answer
   */
  get(query: string, headers: Record<string, string>, maxBytes: number): Promise<HttpAnswer>;
  /** Ends requests that are under way, and the connections. */
  close(): void;
}

// An answer to OTLP is a few bytes; a page of HTML in front of it is not read to its end.
const MAX_ANSWER_BYTES = 64 * 1024;
// Below the idle time-outs of usual servers (Go 60 s, nginx 75 s), so that they do not close what is about to be used.
const IDLE_MS = 30_000;

/**
 * Sends requests to one address over connections that are kept open.
 *
 * @param timeoutMs for the whole of a request, from connecting to the last byte of the answer: a server that hangs or
 *   answers in drips cannot hold it longer
 */
export function httpClient(url: URL, timeoutMs: number, tls: TlsOptions = {}): HttpClient {
  const secure = url.protocol === 'https:';
  const pool = { keepAlive: true, maxSockets: 1, timeout: IDLE_MS };
  // Not before it is needed: it takes as much memory as all the rest of the SDK.
  const http = process.getBuiltinModule('node:http');
  const https = process.getBuiltinModule('node:https');
  const agent = secure ? new https.Agent({ ...pool, ...tls }) : new http.Agent(pool);
  const running = new Set<(error: Error) => void>();

  interface Asked {
    method: string;
    to: URL;
    headers: Record<string, string>;
    body?: Buffer;
    maxBytes: number;
  }
  const ask = ({ method, to, headers, body, maxBytes }: Asked) =>
    new Promise<HttpAnswer>((resolve, reject) => {
      const request = (secure ? https : http).request(to, { method, agent, headers });
      const settle = (then: () => void) => {
        clearTimeout(timer);
        running.delete(fail);
        then();
      };
      const fail = (error: Error) =>
        settle(() => {
          reject(error);
          request.destroy();
        });
      const timer = setTimeout(() => fail(new Error(`no whole answer within ${timeoutMs} ms`)), timeoutMs);
      running.add(fail);

      request.on('error', fail);
      request.on('response', (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        const done = (complete: boolean) =>
          settle(() => {
            const { statusCode: status = 0, headers: answered } = response;
            resolve({ status, headers: answered, body: Buffer.concat(chunks), complete });
            // What is not read to its end blocks the connection.
            if (!complete) request.destroy();
          });
        response.on('data', (chunk: Buffer) => {
          if (size >= maxBytes) return;
          chunks.push(chunk.subarray(0, maxBytes - size));
          size += chunk.length;
          if (size >= maxBytes) done(false);
        });
        response.on('end', () => done(true));
        response.on('error', fail);
      });
      request.end(body);
    });

  return {
    post(headers, body) {
      const sized = { ...headers, 'Content-Length': String(body.length) };
      return ask({ method: 'POST', to: url, headers: sized, body, maxBytes: MAX_ANSWER_BYTES });
    },

    get: (query, headers, maxBytes) => ask({ method: 'GET', to: new URL(query, url), headers, maxBytes }),

    close() {
      for (const fail of [...running]) fail(new Error('the connection was closed by shutdown'));
      agent.destroy();
    },
  };
}
