import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { hasRole, permissionsOf, type HostUser, type PluginManifest, type PluginRoute } from './plugin.ts';
import { sendError } from './reply.ts';
import { fillTemplate, type PluginSettings } from './settings.ts';

// Headers about the browser's identity and hop-by-hop headers. As in Grafana, X-Scope-OrgID is forwarded: the gateway must
// not trust it.
const DROPPED_REQUEST_HEADERS = new Set([
  ...['connection', 'keep-alive', 'proxy-authorization', 'proxy-connection', 'te', 'trailer', 'upgrade'],
  ...['host', 'cookie', 'authorization', 'origin', 'referer', 'forwarded', 'expect'],
]);
const DROPPED_RESPONSE_HEADERS = ['connection', 'transfer-encoding', 'set-cookie'];
// As in Grafana, X-Forwarded-For is dropped here and then set again with the peer's address appended.
const DROPPED_REQUEST_PREFIXES = ['x-grafana-', 'x-forwarded-', 'x-real-', 'sec-', 'access-control-'];

/**
 * Handles `/api/plugin-proxy/<plugin id>/<path>` as Grafana does. The plugin must declare a route with this path and method
 * (404 otherwise; unlike Grafana, trailing slashes and percent-encoding have to match), and the user must have the route's
 * permission (403 otherwise). Forwards the request with the route's headers, and with the user's identity in
 * `X-Grafana-Context` and, signed, in `X-Grafana-Id`.
 */
export async function proxyRoute(
  request: IncomingMessage,
  response: ServerResponse,
  { path, search, user, orgId, manifest, settings, report, idToken }: ProxyContext,
): Promise<void> {
  const route = manifest.routes?.find(
    (one) => restOf(one, path) !== undefined && (one.method === '*' || one.method === request.method),
  );
  if (!route) {
    return sendError(response, 404, 'plugin route match not found');
  }
  if (!isAllowed(route, user, manifest)) {
    return sendError(response, 403, 'plugin proxy route access denied');
  }
  const address = `${fillTemplate(route.url ?? '', settings)}${restOf(route, path) ?? ''}${search}`;
  const signed = { 'x-grafana-id': await idToken(user) };
  const prepared = {
    ...{ ...forwardedHeaders(request), ...identity(user, orgId), ...signed, ...routeHeaders(route, settings) },
    'x-forwarded-for': appendAddress(request.headers['x-forwarded-for'], peerOf(request)),
  };
  const headers = withoutHopByHop(request, prepared);
  // Go's reverse proxy appends the address again after it has removed the headers that Connection names.
  const forwardedFor = appendAddress(headers['x-forwarded-for'], peerOf(request));
  try {
    await forward(request, response, new URL(address), { ...headers, 'x-forwarded-for': forwardedFor });
  } catch (error) {
    if (response.destroyed) {
      return;
    }
    // As in Grafana, the 502 has no body; the reason is only reported to the host's operator.
    const reason = error instanceof Error ? error.message : String(error);
    // Without the URL, which can contain a secret.
    report(`${request.method} ${path} could not be forwarded to ${route.url ?? ''}: ${reason}`);
    if (response.headersSent) {
      response.destroy();
    } else {
      response.writeHead(502).end();
    }
  }
}

/** The context of a request to the proxy. */
export interface ProxyContext {
  path: string;
  /** The query with its question mark, or an empty string. */
  search: string;
  user: HostUser;
  /** The user's current organization. */
  orgId: number;
  manifest: PluginManifest;
  settings: PluginSettings;
  /** Called with the reason if a request could not be forwarded. */
  report: (line: string) => void;
  /** Returns the signed `X-Grafana-Id` of a user. */
  idToken: (user: HostUser) => Promise<string>;
}

// The part of the path that matches the route's star, with its leading slash; empty for a route without a star, `undefined`
// if the route does not match.
function restOf(route: PluginRoute, path: string): string | undefined {
  if (route.path === path) return '';
  const rest =
    route.path.endsWith('/*') && path.startsWith(route.path.slice(0, -1)) ? path.slice(route.path.length - 2) : '';
  // Refuses `..` in any encoding, which could leave the route's path.
  return rest === '' || /(^|\/)(\.|%2e){1,2}(\/|$)/i.test(rest) ? undefined : rest;
}

function isAllowed(route: PluginRoute, user: HostUser, manifest: PluginManifest): boolean {
  const mayAct = !route.reqAction || permissionsOf(user, manifest)[route.reqAction] === true;
  return mayAct && (!route.reqRole || hasRole(user, route.reqRole));
}

function forwardedHeaders(request: IncomingMessage): OutgoingHttpHeaders {
  const kept = Object.entries(request.headers).filter(
    ([name]) =>
      !DROPPED_REQUEST_HEADERS.has(name) && !DROPPED_REQUEST_PREFIXES.some((prefix) => name.startsWith(prefix)),
  );
  return Object.fromEntries(kept);
}

// As in Go's reverse proxy, which Grafana uses: headers that the browser's Connection header names are removed, even if
// Grafana or the route has set them.
function withoutHopByHop(request: IncomingMessage, headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  const named = (request.headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase());
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !named.includes(name)));
}

// An IPv4 client of a dual-stack socket has an address such as ::ffff:127.0.0.1.
const peerOf = ({ socket }: IncomingMessage) => (socket.remoteAddress ?? '').replace(/^::ffff:/, '');

const appendAddress = (list: OutgoingHttpHeaders[string], address: string) =>
  list === undefined ? address : `${String(list)}, ${address}`;

function identity(user: HostUser, orgId: number): OutgoingHttpHeaders {
  const { id, login, email, name, role, uid } = user;
  const context = { UserID: id, UserUID: uid, OrgID: orgId, OrgRole: role, Login: login, Name: name, Email: email };
  return { 'x-grafana-context': JSON.stringify(context) };
}

function routeHeaders(route: PluginRoute, settings: PluginSettings): OutgoingHttpHeaders {
  const headers = route.headers ?? [];
  return Object.fromEntries(headers.map(({ name, content }) => [name.toLowerCase(), fillTemplate(content, settings)]));
}

async function forward(request: IncomingMessage, response: ServerResponse, url: URL, headers: OutgoingHttpHeaders) {
  const forwarded = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, { method: request.method, headers });
  // If the browser cancels a request, the query behind it is cancelled too.
  response.once('close', () => forwarded.destroy());
  const responded = new Promise<IncomingMessage>((resolve, reject) => {
    forwarded.once('response', resolve);
    forwarded.once('error', reject);
  });
  const [upstream] = await Promise.all([responded, pipeline(request, forwarded)]);
  const kept = Object.entries(upstream.headers).filter(([name]) => !DROPPED_RESPONSE_HEADERS.includes(name));
  response.writeHead(upstream.statusCode ?? 502, Object.fromEntries(kept));
  await pipeline(upstream, response);
}
