import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { MemoryAudit } from '@auditrail/sdk/testing';

/** An application with one adapter. It records what the table of adapters shows. */
export type RunAdapter = (audit: MemoryAudit) => Promise<void>;

/** Who is signed in in all applications. */
export const ada = { type: 'user', id: '7', name: 'Ada' } as const;

/** Serves an application while `use` runs. */
export async function served(listener: RequestListener, use: (url: string) => Promise<void>): Promise<void> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
}

/** Refunds an order, and tries to delete it, which the application denies with 403. Each request records one entry. */
export async function useOrders(audit: MemoryAudit, send: (path: string, method: string) => unknown): Promise<void> {
  for (const [path, method] of [
    ['/orders/42/refund', 'POST'],
    ['/orders/42', 'DELETE'],
  ] as const) {
    const before = audit.entries.length;
    await send(path, method);
    // A generic entry is recorded after the response.
    for (const deadline = Date.now() + 10_000; audit.entries.length === before && Date.now() < deadline;)
      await nextTurn();
  }
}
