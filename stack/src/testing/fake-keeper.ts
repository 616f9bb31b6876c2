import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import type { KeeperIntake } from '../services/parts.ts';
import { otlpBodies } from './otlp-protobuf.ts';

/** A request that the keeper took. */
interface TakenRequest {
  tenant: string;
  headers: IncomingHttpHeaders;
  /** The bodies of its log records. */
  lines: string[];
}

/** How the keeper refuses a request: with a status, or with no answer (`hang`). */
export type Refusal = { status: number; headers?: Record<string, string> } | 'hang';

/** A fake of the keeper's `POST /v1/logs`, for tests. */
export interface FakeKeeper {
  /** For {@link StackOptions.keeperIntake}. */
  intake: KeeperIntake;
  taken: readonly TakenRequest[];
  /** The requests that were refused. */
  readonly refused: number;
  /** Refuses all requests in this way; without it, takes them. */
  refuse(refusal?: Refusal): void;
  /** The lines of a tenant, in the order of arrival. */
  linesOf(tenant: string): string[];
  stop(): Promise<void>;
}

/**
 * Starts a keeper that only takes entries.
 *
 * @example
 * const keeper = await startFakeKeeper();
 * const stack = await startStack({ keeperIntake: keeper.intake });
 */
export async function startFakeKeeper(): Promise<FakeKeeper> {
  const token = 'intake-token-of-the-fake';
  const taken: TakenRequest[] = [];
  let refusal: Refusal | undefined;
  let refused = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { headers } = request;
      if (refusal) {
        refused++;
        if (refusal !== 'hang') response.writeHead(refusal.status, refusal.headers).end();
        return;
      }
      if (request.url !== '/v1/logs' || headers.authorization !== `Bearer ${token}`) {
        response.writeHead(request.url === '/v1/logs' ? 401 : 404).end();
        return;
      }
      const body = Buffer.concat(chunks);
      const lines = otlpBodies(headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body);
      taken.push({ tenant: String(headers['x-scope-orgid'] ?? ''), headers, lines });
      response.writeHead(200, { 'Content-Type': 'application/x-protobuf' }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    intake: { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token },
    taken,
    get refused() {
      return refused;
    },
    refuse(next) {
      refusal = next;
      // Ends the requests that hang.
      if (!next) server.closeAllConnections();
    },
    linesOf: (tenant) => taken.filter((request) => request.tenant === tenant).flatMap(({ lines }) => lines),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
