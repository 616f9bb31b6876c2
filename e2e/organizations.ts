import { startHost } from '../stack/host/index.ts';
import { inRoot } from '../stack/src/index.ts';
import { freePort } from '../stack/src/services/ports.ts';
import { GRAFANA_URL, variable } from './sites.ts';

/** Two organizations of a Grafana, each with an administrator and a viewer. The app is not configured yet. */
export interface Organizations {
  url: string;
  /** On 127.0.0.1. */
  port: number;
  /** Grafana's ids of the organizations. */
  ids: Record<1 | 2, number>;
  /** The headers of a user's requests. */
  headers(org: 1 | 2, user: 'admin' | 'viewer'): Record<string, string>;
  stop(): Promise<void>;
}

/** Opens two organizations in the Grafana of `GRAFANA_URL` (see `openGrafana`), or else in the development host. */
export const openOrganizations = () => (GRAFANA_URL ? inGrafana(GRAFANA_URL) : inHost());

async function inHost(): Promise<Organizations> {
  const port = await freePort();
  const none = { jsonData: {}, secureJsonData: {} };
  // Only plugin.json is used, so the plugin need not be built.
  const host = await startHost({
    pluginDir: inRoot('grafana-plugin/src'),
    port,
    settings: none,
    organizations: [none],
  });
  return {
    ...{ url: host.url, port, ids: { 1: 1, 2: 2 } },
    headers: (org, user) => ({ cookie: `host_user=${user}`, 'x-grafana-org-id': String(org) }),
    stop: () => host.stop(),
  };
}

// Creates new organizations, so that existing ones do not change.
async function inGrafana(url: string): Promise<Organizations> {
  const basic = (user: string, password: string) => `Basic ${btoa(`${variable(user)}:${variable(password)}`)}`;
  const authorization = {
    admin: basic('GRAFANA_USER', 'GRAFANA_PASSWORD'),
    viewer: basic('GRAFANA_VIEWER_USER', 'GRAFANA_VIEWER_PASSWORD'),
  };
  const asAdmin = async (method: string, path: string, body?: object): Promise<unknown> => {
    const headers = { 'content-type': 'application/json', authorization: authorization.admin };
    const response = await fetch(url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    if (!response.ok) {
      throw new Error(`Grafana responded with ${response.status} to ${method} ${path}: ${await response.text()}`);
    }
    return response.json();
  };
  const create = async (name: string): Promise<number> => {
    const { orgId } = (await asAdmin('POST', '/api/orgs', { name })) as { orgId: number };
    await asAdmin('POST', `/api/orgs/${orgId}/users`, {
      loginOrEmail: variable('GRAFANA_VIEWER_USER'),
      role: 'Viewer',
    });
    return orgId;
  };
  const stamp = Date.now();
  const ids = { 1: await create(`first ${stamp}`), 2: await create(`second ${stamp}`) };
  return {
    ...{ url, port: Number(new URL(url).port), ids },
    headers: (org, user) => ({ authorization: authorization[user], 'x-grafana-org-id': String(ids[org]) }),
    async stop() {
      for (const id of Object.values(ids)) await asAdmin('DELETE', `/api/orgs/${id}`);
    },
  };
}
