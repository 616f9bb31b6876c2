import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A fake collector that accepts everything and stores nothing, to measure the cost of the sender alone. */
export async function startOtlpSink(): Promise<{ url: string; stop(): void }> {
  const server = createServer((request, response) => {
    if (request.method === 'GET') return void response.writeHead(404).end();
    request.resume().on('end', () => response.writeHead(200, { 'Content-Type': 'application/x-protobuf' }).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
