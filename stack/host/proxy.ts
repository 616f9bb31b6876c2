import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { hasRole, permissionsOf, type HostUser, type PluginManifest, type PluginRoute } from './plugin.ts';
import { sendError } from './reply.ts';
import { fillTemplate, type PluginSettings } from './settings.ts';

// What the browser may not say to the server behind a route: who it is, or anything of one hop only. A tenant it may
// name, as in Grafana: the gateway must not believe it.
const NOT_PASSED_ON = new Set([
  ...['connection', 'keep-alive', 'proxy-authorization', 'proxy-connection', 'te', 'trailer', 'upgrade'],
  ...['host', 'cookie', 'authorization', 'origin', 'referer', 'forwarded', 'expect'],
]);
const NOT_GIVEN_BACK = ['connection', 'transfer-encoding', 'set-cookie'];
// X-Forwarded-For is passed on, and appended to, as in Grafana.
const PREFIXES_NOT_PASSED_ON = ['x-grafana-', 'x-forwarded-', 'x-real-', 'sec-', 'access-control-'];

/**
 * Answers `/api/plugin-proxy/<plugin id>/<path>` as Grafana does: the route must be declared with exactly this path and
 * method (404; Grafana is laxer with a slash at the end and with percent-encoding), the user must have its permission
 * (403), and the request goes on with the route's headers and with
 * `X-Grafana-Context` and the signed `X-Grafana-Id`, which tell who asks.
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
    ...{ ...passedOn(request), ...identity(user, orgId), ...signed, ...routeHeaders(route, settings) },
    'x-forwarded-for': appended(request.headers['x-forwarded-for'], peerOf(request)),
  };
  const headers = withoutHopByHop(request, prepared);
  // Go's reverse proxy appends once more, after it has removed what Connection names.
  const forwardedFor = appended(headers['x-forwarded-for'], peerOf(request));
  try {
    await forward(request, response, new URL(address), { ...headers, 'x-forwarded-for': forwardedFor });
  } catch (error) {
    if (response.destroyed) {
      return;
    }
    // Grafana answers 502 without a word; the reason goes to whoever runs the host.
    const reason = error instanceof Error ? error.message : String(error);
    // Not the address itself: a secret can be in it.
    report(`${request.method} ${path} cannot go on to ${route.url ?? ''}: ${reason}`);
    if (response.headersSent) {
      response.destroy();
    } else {
      response.writeHead(502).end();
    }
  }
}

/** What the proxy must know to judge a request. */
export interface ProxyContext {
  path: string;
  /** The query with its question mark, or nothing. */
  search: string;
  user: HostUser;
  /** The organization in which the user asks. */
  orgId: number;
  manifest: PluginManifest;
  settings: PluginSettings;
  /** Told why a request could not go on. */
  report: (line: string) => void;
  /** The signed `X-Grafana-Id` of a user. */
  idToken: (user: HostUser) => Promise<string>;
}

// What the star of a route stands for, with the slash before it; nothing for a route without one.
function restOf(route: PluginRoute, path: string): string | undefined {
  if (route.path === path) return '';
  const rest =
    route.path.endsWith('/*') && path.startsWith(route.path.slice(0, -1)) ? path.slice(route.path.length - 2) : '';
  // Out of the route's part of the server leads no way, however it is written.
  return rest === '' || /(^|\/)(\.|%2e){1,2}(\/|$)/i.test(rest) ? undefined : rest;
}

function isAllowed(route: PluginRoute, user: HostUser, manifest: PluginManifest): boolean {
  const mayAct = !route.reqAction || permissionsOf(user, manifest)[route.reqAction] === true;
  return mayAct && (!route.reqRole || hasRole(user, route.reqRole));
}

function passedOn(request: IncomingMessage): OutgoingHttpHeaders {
  const kept = Object.entries(request.headers).filter(
    ([name]) => !NOT_PASSED_ON.has(name) && !PREFIXES_NOT_PASSED_ON.some((prefix) => name.startsWith(prefix)),
  );
  return Object.fromEntries(kept);
}

// As Go's reverse proxy, which Grafana uses: what the browser's Connection names is removed, even if Grafana or a route set it.
function withoutHopByHop(request: IncomingMessage, headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  const named = (request.headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase());
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !named.includes(name)));
}

// An IPv4 client of a dual-stack socket has an address such as ::ffff:127.0.0.1.
const peerOf = ({ socket }: IncomingMessage) => (socket.remoteAddress ?? '').replace(/^::ffff:/, '');

const appended = (list: OutgoingHttpHeaders[string], address: string) =>
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
  const onward = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, { method: request.method, headers });
  // A page that was left, or a newer search, ends the query behind it too.
  response.once('close', () => onward.destroy());
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    onward.once('response', resolve);
    onward.once('error', reject);
  });
  const [answer] = await Promise.all([answered, pipeline(request, onward)]);
  const kept = Object.entries(answer.headers).filter(([name]) => !NOT_GIVEN_BACK.includes(name));
  response.writeHead(answer.statusCode ?? 502, Object.fromEntries(kept));
  await pipeline(answer, response);
}
