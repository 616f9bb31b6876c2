import type { APIRequestContext, Page } from 'playwright-core';
import { inRoot, startStack, testStack, uniqueTenant, type RunningStack, type TestStack } from '../stack/src/index.ts';
import { startHost } from '../stack/host/index.ts';
import { startKeeper, type StackKeeper } from '../stack/src/keeper.ts';
import { freePort } from '../stack/src/ports.ts';
import type { HostDatasource } from '../stack/host/page.ts';

export const PLUGIN_ID = 'auditrail-auditlog-app';
/** The built plugin; `AUDITRAIL_PLUGIN_DIST` names another build. */
export const PLUGIN_DIR = process.env.AUDITRAIL_PLUGIN_DIST ?? inRoot('grafana-plugin/dist');

/** Something that shows the plugin: the development host, or a real Grafana. */
export interface Site {
  pageUrl: string;
  configUrl: string;
  /** The tenant whose entries the page shows, and the parts to write them to. */
  tenant: string;
  parts: Pick<TestStack, 'urls' | 'tokens'>;
  /** The stack, where it is this site's own: its parts may be killed. */
  stack?: RunningStack;
  /** The keeper of background exports, where the site was opened with one. */
  keeper?: StackKeeper;
  /**
   * Lets the pages of this browser be those of an administrator, of a viewer, or (in the host alone: Grafana OSS cannot assign
   * it) of someone with the role "Audit log reader".
   */
  login(page: Page, role: 'admin' | 'viewer' | 'reader'): Promise<void>;
  stop(): Promise<void>;
}

interface HostWishes {
  /** With a keeper of background exports. */
  keeper?: boolean;
  /** Further settings of the app. */
  jsonData?: Record<string, unknown>;
  /** Data sources that links may lead to. */
  datasources?: HostDatasource[];
}

/** The development host on a stack of its own. */
export async function openHost({
  keeper: withKeeper = false,
  jsonData = {},
  datasources = [],
}: HostWishes = {}): Promise<Site> {
  const stack = await startStack();
  const tenant = uniqueTenant('page');
  const { urls, tokens } = stack;
  const port = await freePort();
  const keeper = withKeeper ? await startKeeper(stack, port, tenant, () => {}) : undefined;
  const host = await startHost({
    pluginDir: PLUGIN_DIR,
    port,
    datasources,
    settings: {
      jsonData: {
        ...jsonData,
        ...{ source: 'route', lokiUrl: urls.gateway, tenant, collectorUrl: urls.collectorGrafana },
        ...(keeper && { keeperUrl: keeper.url }),
      },
      secureJsonData: {
        ...{ readToken: tokens.read, grafanaToken: tokens.grafana },
        ...(keeper && { keeperToken: keeper.token }),
      },
    },
  });
  return {
    ...siteAt(host.url),
    ...{ tenant, stack, parts: stack, ...(keeper && { keeper }) },
    async login(page, role) {
      await page.context().addCookies([{ name: 'host_user', value: role, url: host.url, sameSite: 'Strict' }]);
    },
    async stop() {
      await host.stop();
      await keeper?.stop();
      await stack.stop();
    },
  };
}

/** Where a Grafana to test against is named. */
export const GRAFANA_URL = process.env.GRAFANA_URL?.replace(/\/$/, '');

/**
 * The Grafana of `GRAFANA_URL`, with the users of `GRAFANA_USER`, `GRAFANA_PASSWORD`, `GRAFANA_VIEWER_USER` and
 * `GRAFANA_VIEWER_PASSWORD`. The plugin's settings there must point to the stack of `AUDITRAIL_TEST_STACK`.
 */
export async function openGrafana(request: APIRequestContext): Promise<Site> {
  const url = variable('GRAFANA_URL').replace(/\/$/, '');
  const accounts: Partial<Record<string, { user: string; password: string }>> = {
    admin: { user: variable('GRAFANA_USER'), password: variable('GRAFANA_PASSWORD') },
    viewer: { user: variable('GRAFANA_VIEWER_USER'), password: variable('GRAFANA_VIEWER_PASSWORD') },
  };
  const login = async (client: APIRequestContext, role: string) => {
    const account = accounts[role];
    if (!account) {
      throw new Error(`Grafana has no account of a ${role} here.`);
    }
    const answer = await client.post(`${url}/login`, { data: account });
    if (!answer.ok()) {
      throw new Error(`Grafana refused the sign-in of ${account.user}: ${answer.status()}`);
    }
  };
  await login(request, 'admin');
  const settings = await request.get(`${url}/api/plugins/${PLUGIN_ID}/settings`);
  const { jsonData } = (await settings.json()) as { jsonData: { tenant: string } };
  return {
    ...siteAt(url),
    ...{ tenant: jsonData.tenant, parts: testStack() },
    async login(page, role) {
      await page.context().clearCookies();
      await login(page.request, role);
    },
    stop: async () => {},
  };
}

function siteAt(url: string): Pick<Site, 'pageUrl' | 'configUrl'> {
  return { pageUrl: `${url}/a/${PLUGIN_ID}`, configUrl: `${url}/plugins/${PLUGIN_ID}` };
}

function variable(name: string): string {
  const value = process.env[name];
  if (!value) {
    throw new Error(`To test against a Grafana, set ${name}.`);
  }
  return value;
}
