import { createServer } from 'node:net';

// Below Linux's range for outgoing connections (32768–60999), so that no connection takes a port before its part starts.
const FIRST = 16_000;
const COUNT = 16_000;

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

const returned = new Set<number>();

/** A free TCP port on 127.0.0.1 that was not returned before; `preferred` if it is free. */
export async function freePort(preferred?: number): Promise<number> {
  if (preferred && !returned.has(preferred) && (await isFree(preferred))) {
    returned.add(preferred);
    return preferred;
  }
  for (let tries = 0; tries < 100; tries++) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    if (!returned.has(port) && (await isFree(port))) {
      returned.add(port);
      return port;
    }
  }
  throw new Error(`no free port found on 127.0.0.1 between ${FIRST} and ${FIRST + COUNT} in 100 tries`);
}
