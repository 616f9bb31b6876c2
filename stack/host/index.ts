import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { grafanaAsset, type Asset } from './assets.ts';
import { bundleShell } from './bundle.ts';
import { refusalOf } from './guard.ts';
import { createIdTokens, type IdTokens } from './id-token.ts';
import { bootScript, CONTENT_SECURITY_POLICY, LANGUAGES, PAGE, pluginMeta, type HostDatasource } from './page.ts';
import { MAIN_ORG_ID, readManifest, USERS, type HostUser, type PluginManifest } from './plugin.ts';
import { proxyRoute } from './proxy.ts';
import { sendError, sendFile, sendJson, sendText } from './reply.ts';
import { USER_STORAGE_PATH, userStorageApi, type UserStorage } from './user-storage.ts';
import { updateSettings, type PluginSettings } from './settings.ts';

/** Options of {@link startHost}. */
export interface HostOptions {
  /** The folder of the built plugin, with `plugin.json` and `module.js`. */
  pluginDir: string;
  /** The initial settings; changes on the configuration page are kept until the host stops. */
  settings: PluginSettings;
  /** The settings of further organizations, with the ids 2, 3, …; the header `X-Grafana-Org-Id` selects one, as in Grafana. */
  organizations?: readonly PluginSettings[];
  /** Data sources for links. Default: none. */
  datasources?: readonly HostDatasource[];
  /** The port on 127.0.0.1. Default: a free one. */
  port?: number;
  /** Returns what is not ready yet; the page shows this text until it is `undefined`. */
  waitingFor?: () => string | undefined;
  /** Called about long tasks, and with the reason if a request could not be forwarded. */
  report?: (line: string) => void;
}

/** A running host. */
export interface RunningHost {
  /** `http://127.0.0.1:<port>`, without a trailing slash. */
  url: string;
  /** Closes the port and every connection. */
  stop(): Promise<void>;
}

/**
 * Starts the development host, which shows the *built* plugin as Grafana does, to example users, on 127.0.0.1 only. Never use
 * it in production: it has no sign-in.
 *
 * @throws Error if the plugin is not built, the build of the shell fails, or the port is taken
 * @example
 * const host = await startHost({ pluginDir: 'grafana-plugin/dist', settings: { jsonData: {}, secureJsonData: {} } });
 * console.log(host.url); // http://127.0.0.1:43121
 * await host.stop();
 */
export async function startHost(options: HostOptions): Promise<RunningHost> {
  const manifest = await readManifest(options.pluginDir);
  const shellDir = await bundleShell(options.report);
  const idTokens = await createIdTokens();
  const { settings, organizations = [] } = options;
  const orgs = new Map([settings, ...organizations].map((one, index) => [MAIN_ORG_ID + index, one]));
  const state: HostState = { report: () => {}, ...options, orgs, manifest, shellDir, userStorage: new Map(), idTokens };
  const server = createServer((request, response) => {
    respond(request, response, state).catch((error: unknown) => {
      if (response.headersSent) {
        response.destroy();
      } else {
        sendError(response, 500, error instanceof Error ? error.message : String(error));
      }
    });
  });
  const port = await listen(server, options.port ?? 0);
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

interface HostState {
  pluginDir: string;
  shellDir: string;
  manifest: PluginManifest;
  orgs: Map<number, PluginSettings>;
  datasources?: readonly HostDatasource[];
  waitingFor?: () => string | undefined;
  userStorage: UserStorage;
  idTokens: IdTokens;
  report: (line: string) => void;
}

async function respond(request: IncomingMessage, response: ServerResponse, state: HostState): Promise<void> {
  const refusal = refusalOf(request);
  if (refusal) {
    return sendError(response, 403, refusal);
  }
  response.setHeader('content-security-policy', CONTENT_SECURITY_POLICY);
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('referrer-policy', 'no-referrer');

  // Not parsed as a URL: that would resolve `..` before the checks.
  const [path = '/', ...query] = (request.url ?? '/').split('?');
  const search = query.length > 0 ? `?${query.join('?')}` : '';
  const { id } = state.manifest;
  const cookies = cookiesOf(request);
  const user = userOf(cookies);
  const orgId = orgOf(request, state);
  const settings = settingsOf(state, orgId);
  const below = (prefix: string) => (path.startsWith(prefix) ? path.slice(prefix.length) : undefined);

  const proxied = below(`/api/plugin-proxy/${id}/`);
  if (proxied !== undefined) {
    const idToken = (one: HostUser) => state.idTokens.sign(one, orgId, `http://${request.headers.host}/`);
    return proxyRoute(request, response, { ...state, path: proxied, search, user, orgId, settings, idToken });
  }
  if (path === `/api/plugins/${id}/settings`) {
    return settingsApi(request, response, state, user, orgId);
  }
  const stored = below(USER_STORAGE_PATH);
  if (stored !== undefined) {
    const body = await readBody(request);
    return userStorageApi(request, response, { storage: state.userStorage, path: stored, body, userUid: user.uid });
  }
  if (request.method !== 'GET') {
    return sendError(response, path.startsWith('/api/') ? 404 : 405, 'Not found');
  }
  if (path === '/api/datasources') {
    return sendJson(response, []);
  }
  if (path === '/api/signing-keys/keys') {
    return sendJson(response, state.idTokens.jwks);
  }
  if (path === '/host/waiting-for') {
    return sendJson(response, { waitingFor: state.waitingFor?.() ?? null });
  }
  if (path === '/host/boot.js') {
    return sendText(
      response,
      '.js',
      bootScript(
        user,
        state.manifest,
        {
          theme: cookies.get('host_theme') === 'light' ? 'light' : 'dark',
          language: LANGUAGES.find((one) => one === cookies.get('host_language')) ?? LANGUAGES[0],
        },
        state.datasources,
        orgId,
        state.waitingFor?.(),
      ),
    );
  }
  if (path === '/') {
    response.writeHead(302, { location: `/a/${id}` }).end();
    return;
  }
  if (path === `/a/${id}` || path.startsWith(`/a/${id}/`) || path === `/plugins/${id}`) {
    return sendText(response, '.html', PAGE);
  }
  const asset = fileAt(path, state);
  if (asset) {
    return sendFile(response, asset.root, asset.path);
  }
  sendError(response, 404, 'Not found');
}

function fileAt(path: string, { manifest, pluginDir, shellDir }: HostState): Asset | undefined {
  const plugin = `/public/plugins/${manifest.id}/`;
  if (path.startsWith(plugin)) {
    return { root: pluginDir, path: path.slice(plugin.length) };
  }
  return path.startsWith('/host/') ? { root: shellDir, path: path.slice('/host/'.length) } : grafanaAsset(path);
}

async function settingsApi(
  request: IncomingMessage,
  response: ServerResponse,
  state: HostState,
  user: HostUser,
  orgId: number,
) {
  const settings = settingsOf(state, orgId);
  if (request.method === 'GET') {
    return sendJson(response, pluginMeta(state.manifest, settings));
  }
  if (request.method !== 'POST') {
    return sendError(response, 404, 'Not found');
  }
  if (user.role !== 'Admin') {
    return sendError(
      response,
      403,
      `You'll need additional permissions to perform this action. Permissions needed: plugins:write`,
    );
  }
  try {
    state.orgs.set(orgId, updateSettings(settings, JSON.parse(await readBody(request))));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError || error instanceof RangeError) {
      return sendError(response, 400, error.message);
    }
    throw error;
  }
  sendJson(response, { message: 'Plugin settings updated' });
}

function cookiesOf(request: IncomingMessage): Map<string, string> {
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim().split('='));
  return new Map(pairs.map(([name = '', value = '']) => [name, value]));
}

function userOf(cookies: Map<string, string>): HostUser {
  const name = cookies.get('host_user') ?? '';
  return Object.hasOwn(USERS, name) ? USERS[name as keyof typeof USERS] : USERS.admin;
}

// As in Grafana, the user's own organization replaces one that does not exist.
function orgOf({ headers }: IncomingMessage, { orgs }: HostState): number {
  const named = Number(headers['x-grafana-org-id'] ?? MAIN_ORG_ID);
  return orgs.has(named) ? named : MAIN_ORG_ID;
}

const settingsOf = ({ orgs }: HostState, orgId: number): PluginSettings =>
  orgs.get(orgId) ?? { jsonData: {}, secureJsonData: {} };

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > 1_000_000) {
      throw new RangeError('The settings are larger than 1 MB.');
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening').catch((cause: unknown) => {
    throw new Error(`The development host cannot listen on 127.0.0.1:${port}: the port is taken. Choose another.`, {
      cause,
    });
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}
