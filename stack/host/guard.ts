import type { IncomingMessage } from 'node:http';

/**
 * Returns why a request is refused, or `undefined`. Protects the host from other web sites in the same browser: from DNS
 * rebinding (by the Host header) and from cross-origin requests. Links to the host work.
 */
export function refusalOf(request: IncomingMessage): string | undefined {
  const { host, origin, 'sec-fetch-site': site = 'none', 'sec-fetch-mode': mode } = request.headers;
  const port = request.socket.localPort;
  if (host !== `127.0.0.1:${port}` && host !== `localhost:${port}`) {
    return `The development host is only available at 127.0.0.1:${port} and localhost:${port}.`;
  }
  const isCrossOrigin =
    (origin ?? `http://${host}`) !== `http://${host}` || !['none', 'same-origin'].includes(String(site));
  const isNavigation = request.method === 'GET' && mode === 'navigate';
  return isCrossOrigin && !isNavigation ? 'Requests from other sites are refused.' : undefined;
}
