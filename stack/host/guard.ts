import type { IncomingMessage } from 'node:http';

/**
 * Why a request is refused, or nothing. Other web sites that the same browser has open must not reach the host: neither
 * under a name of theirs that resolves to 127.0.0.1 (the Host header tells), nor by requests across origins. To follow a
 * link to the host is fine.
 */
export function whyRefused(request: IncomingMessage): string | undefined {
  const { host, origin, 'sec-fetch-site': site = 'none', 'sec-fetch-mode': mode } = request.headers;
  const port = request.socket.localPort;
  if (host !== `127.0.0.1:${port}` && host !== `localhost:${port}`) {
    return `The development host answers only to 127.0.0.1:${port} and localhost:${port}.`;
  }
  const isForeign =
    (origin ?? `http://${host}`) !== `http://${host}` || !['none', 'same-origin'].includes(String(site));
  const isNavigation = request.method === 'GET' && mode === 'navigate';
  return isForeign && !isNavigation ? 'Requests from other sites are refused.' : undefined;
}
