import { createServer } from 'node:net';

// Below the range that Linux gives to outgoing connections (32768–60999), so that none of those takes a chosen port before
// its part has started.
const FIRST = 16_000;
const COUNT = 16_000;

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** A free TCP port of 127.0.0.1, other than the ones given out before: the wished one where it is free. */
export async function freePort(wish?: number): Promise<number> {
  if (wish && !given.has(wish) && (await isFree(wish))) {
    given.add(wish);
    return wish;
  }
  for (let tries = 0; tries < 100; tries++) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    if (!given.has(port) && (await isFree(port))) {
      given.add(port);
      return port;
    }
  }
  throw new Error(`no free port found on 127.0.0.1 between ${FIRST} and ${FIRST + COUNT} in 100 tries`);
}

const given = new Set<number>();
