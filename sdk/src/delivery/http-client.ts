import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** TLS settings beyond the system's certificates, each as PEM. */
export interface TlsOptions {
  /** Authorities that may have signed the server's certificate, instead of the system's. */
  ca?: string | Buffer | (string | Buffer)[] | undefined;
  /** The client's own certificate, if the server requires one. */
  cert?: string | Buffer | undefined;
  /** The private key of `cert`. */
  key?: string | Buffer | undefined;
  /** The passphrase of an encrypted `key`. */
  passphrase?: string | undefined;
}

export interface HttpAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** False if the body was longer and the rest was not read. */
  complete: boolean;
}

/** Sends each request once; does not follow redirects. */
export interface HttpClient {
  /**
   * Keeps at most 64 KiB of the answer.
   *
   * @throws Error without a complete answer: because of the network, TLS, the time-out, or `close`
   */
  post(headers: Record<string, string>, body: Buffer): Promise<HttpAnswer>;
  /**
   * As `post`, with a query (`?…`) that is added to the address.
   *
   * @param maxBytes of the answer
   */
  get(query: string, headers: Record<string, string>, maxBytes: number): Promise<HttpAnswer>;
  /** Ends requests under way, and the connections. */
  close(): void;
}

// An answer to OTLP is a few bytes; an HTML page of a proxy is not read to its end.
const MAX_ANSWER_BYTES = 64 * 1024;
// Below the idle time-outs of usual servers (Go 60 s, nginx 75 s), so that they do not close a connection that is about to be used.
const IDLE_MS = 30_000;

interface Request {
  method: string;
  to: URL;
  headers: Record<string, string>;
  body?: Buffer;
  maxBytes: number;
}

// Calls back once with the answer, as soon as it is whole or longer than `maxBytes`.
function collect(response: IncomingMessage, maxBytes: number, done: (answer: HttpAnswer) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  const end = (complete: boolean) => {
    const { statusCode: status = 0, headers } = response;
    done({ status, headers, body: Buffer.concat(chunks), complete });
  };
  response.on('data', (chunk: Buffer) => {
    if (size >= maxBytes) return;
    chunks.push(chunk.subarray(0, maxBytes - size));
    size += chunk.length;
    if (size >= maxBytes) end(false);
  });
  response.on('end', () => end(true));
}

/**
 * Sends requests to one address over connections that are kept open.
 *
 * @param timeoutMs for the whole of a request, from connecting to the last byte of the answer: a server that hangs or sends
 *   its answer in drips cannot hold it longer
 */
export function httpClient(url: URL, timeoutMs: number, tls: TlsOptions = {}): HttpClient {
  const secure = url.protocol === 'https:';
  const pool = { keepAlive: true, maxSockets: 1, timeout: IDLE_MS };
  // Loaded only when needed: it takes as much memory as all the rest of the SDK.
  const http = process.getBuiltinModule('node:http');
  const https = process.getBuiltinModule('node:https');
  const agent = secure ? new https.Agent({ ...pool, ...tls }) : new http.Agent(pool);
  const running = new Set<(error: Error) => void>();

  const send = ({ method, to, headers, body, maxBytes }: Request) =>
    new Promise<HttpAnswer>((resolve, reject) => {
      const request = (secure ? https : http).request(to, { method, agent, headers });
      const settle = () => {
        clearTimeout(timer);
        running.delete(fail);
      };
      const fail = (error: Error) => {
        settle();
        reject(error);
        request.destroy();
      };
      const timer = setTimeout(() => fail(new Error(`no complete answer within ${timeoutMs} ms`)), timeoutMs);
      running.add(fail);
      request.on('error', fail);
      request.on('response', (response) => {
        response.on('error', fail);
        collect(response, maxBytes, (answer) => {
          settle();
          resolve(answer);
          // An unread rest blocks the connection.
          if (!answer.complete) request.destroy();
        });
      });
      request.end(body);
    });

  return {
    post(headers, body) {
      const sized = { ...headers, 'Content-Length': String(body.length) };
      return send({ method: 'POST', to: url, headers: sized, body, maxBytes: MAX_ANSWER_BYTES });
    },

    get: (query, headers, maxBytes) => send({ method: 'GET', to: new URL(query, url), headers, maxBytes }),

    close() {
      for (const fail of [...running]) fail(new Error('the connection was closed by shutdown'));
      agent.destroy();
    },
  };
}
