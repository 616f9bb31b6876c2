import type { BrowserContext, Page } from 'playwright-core';
import { inRoot, startStack, testStack, uniqueTenant, type RunningStack, type TestStack } from '../stack/src/index.ts';
import { startHost } from '../stack/host/index.ts';
import type { HostLook } from '../stack/host/page.ts';
import { appSettings } from '../stack/host/settings.ts';
import { USERS } from '../stack/host/plugin.ts';
import { USER_STORAGE_PATH } from '../stack/host/user-storage.ts';
import { startKeeper, type StackKeeper } from '../stack/src/services/keeper.ts';
import { startFaultyProxy, type FaultyProxy } from '../stack/src/testing/faulty-proxy.ts';
import { freePort } from '../stack/src/services/ports.ts';
import type { HostDatasource } from '../stack/host/page.ts';

export const PLUGIN_ID = 'auditrail-auditlog-app';
/** The folder of the built plugin, or that of `AUDITRAIL_PLUGIN_DIST`. */
export const PLUGIN_DIR = process.env.AUDITRAIL_PLUGIN_DIST ?? inRoot('grafana-plugin/dist');

/** The role of a user. In Grafana OSS only Admins have the role "Audit log reader", so there is no `reader`. */
export type Role = 'admin' | 'viewer' | 'reader';

/** A user, as Grafana's API describes them. */
interface Person {
  uid: string;
  login: string;
  name: string;
  email: string;
}

/** A site that shows the plugin: the development host, or a real Grafana. */
export interface Site {
  pageUrl: string;
  configUrl: string;
  /** The tenant of the page, and the stack's addresses and tokens. */
  tenant: string;
  parts: Pick<TestStack, 'urls' | 'tokensFor'>;
  /** The stack, if this site started it. Tests may stop its parts. */
  stack?: RunningStack;
  /** The keeper, if the site was opened with one, and the proxy for its reads. */
  keeper?: StackKeeper;
  keeperReads?: FaultyProxy;
  /** Starts the keeper again that a test stopped. */
  restartKeeper?: () => Promise<StackKeeper>;
  /** The users who can sign in. */
  people: Record<'admin' | 'viewer', Person> & Partial<Record<Role, Person>>;
  /** Signs in a user in the browser of this page. */
  login(page: Page, role: Role): Promise<void>;
  /** Sets theme and language, effective from the next load. */
  show(context: BrowserContext, look: Partial<HostLook>): Promise<void>;
  /** Resets preferences, saved views, theme and language of all users. */
  resetUsers(): Promise<void>;
  stop(): Promise<void>;
}

/** Options of the development host. */
export interface SiteOptions {
  /** Start a keeper, which takes each entry in and makes background exports. */
  keeper?: boolean;
  /** Data sources for links. */
  datasources?: HostDatasource[];
}

/** Starts the development host on its own stack. */
export async function openHost({ keeper: withKeeper = false, datasources = [] }: SiteOptions = {}): Promise<Site> {
  const stack = await startStack(withKeeper ? { keeperIntake: 'own' } : {});
  const { urls } = stack;
  const tenant = uniqueTenant('page');
  const port = await freePort();
  const keeperReads = withKeeper ? await startFaultyProxy(urls.gateway) : undefined;
  const read = { ...urls, gateway: keeperReads?.url ?? urls.gateway };
  const start = () => startKeeper({ ...stack, urls: read }, port, tenant, () => {});
  let keeper = withKeeper ? await start() : undefined;
  const host = await startHost({
    pluginDir: PLUGIN_DIR,
    port,
    datasources,
    settings: appSettings(urls.gateway, stack.tokensFor(tenant).grafana, { backgroundExports: withKeeper }),
  });
  const setCookies = (context: BrowserContext, values: Record<string, string>) =>
    context.addCookies(
      Object.entries(values).map(([name, value]) => ({
        name: `host_${name}`,
        value,
        url: host.url,
        sameSite: 'Strict',
      })),
    );
  return {
    ...siteAt(host.url),
    async restartKeeper() {
      return (keeper = await start());
    },
    ...{ tenant, stack, parts: stack, people: USERS, ...(keeper && { keeper }), ...(keeperReads && { keeperReads }) },
    async login(page, role) {
      await setCookies(page.context(), { user: role });
    },
    show: setCookies,
    // Theme and language are cookies of the browser.
    async resetUsers() {
      await Promise.all(
        Object.entries(USERS).map(async ([role, { uid }]) => {
          const headers = { cookie: `host_user=${role}` };
          await forgetUser(host.url, uid, headers);
        }),
      );
    },
    async stop() {
      await host.stop();
      await keeper?.stop();
      await keeperReads?.stop();
      await stack.stop();
    },
  };
}

/** The URL of a Grafana to test with. */
export const GRAFANA_URL = process.env.GRAFANA_URL?.replace(/\/$/, '');

/**
 * Uses the Grafana of `GRAFANA_URL`, with the users of `GRAFANA_USER` (a server administrator), `GRAFANA_PASSWORD`,
 * `GRAFANA_VIEWER_USER` and `GRAFANA_VIEWER_PASSWORD`. The plugin's settings there must use the stack of
 * `AUDITRAIL_TEST_STACK` and a keeper, with a token of the tenant `AUDITRAIL_TENANT`.
 */
export async function openGrafana(): Promise<Site> {
  const url = variable('GRAFANA_URL').replace(/\/$/, '');
  const accounts: Partial<Record<Role, { user: string; password: string }>> = {
    admin: { user: variable('GRAFANA_USER'), password: variable('GRAFANA_PASSWORD') },
    viewer: { user: variable('GRAFANA_VIEWER_USER'), password: variable('GRAFANA_VIEWER_PASSWORD') },
  };
  const accountOf = (role: Role) => {
    const account = accounts[role];
    if (!account) throw new Error(`the tests have no Grafana account for the role ${role}`);
    return account;
  };
  const authorization = (role: Role) => {
    const { user, password } = accountOf(role);
    return { authorization: `Basic ${btoa(`${user}:${password}`)}` };
  };
  const request = async <T>(role: Role, path: string, init: RequestInit = {}): Promise<T> => {
    const headers = { 'content-type': 'application/json', ...authorization(role) };
    const response = await fetch(url + path, { ...init, headers });
    if (!response.ok) throw new Error(`Grafana responded with ${response.status} to ${path} of the ${role}`);
    return (await response.json()) as T;
  };
  const personOf = async (role: Role) => {
    const person = await request<Person>(role, '/api/user');
    // Grafana uses the login as the name of users without a name.
    return { ...person, name: person.name || person.login };
  };
  const people = {
    admin: await personOf('admin'),
    viewer: await personOf('viewer'),
  };
  const choose = (look: Partial<HostLook>) =>
    request('admin', '/api/user/preferences', { method: 'PATCH', body: JSON.stringify(look) });
  return {
    ...siteAt(url),
    ...{ tenant: variable('AUDITRAIL_TENANT'), parts: testStack(), people },
    async login(page, role) {
      await page.context().clearCookies();
      const response = await page.request.post(`${url}/login`, { data: accountOf(role) });
      if (!response.ok()) throw new Error(`Grafana refused the sign-in of the ${role}: ${response.status()}`);
    },
    async show(_, look) {
      await choose(look);
    },
    async resetUsers() {
      await choose({ theme: 'dark', language: 'en-US' });
      await Promise.all(Object.values(people).map(({ uid }) => forgetUser(url, uid, authorization('admin'))));
    },
    stop: async () => {},
  };
}

async function forgetUser(url: string, uid: string, headers: Record<string, string>): Promise<void> {
  const kept = `${url}${USER_STORAGE_PATH}/${PLUGIN_ID}:${uid}`;
  const { status } = await fetch(kept, { method: 'DELETE', headers });
  // 404 for a user without stored data.
  if (status !== 200 && status !== 404) throw new Error(`${kept} could not be deleted: ${status}`);
}

function siteAt(url: string): Pick<Site, 'pageUrl' | 'configUrl'> {
  return { pageUrl: `${url}/a/${PLUGIN_ID}`, configUrl: `${url}/plugins/${PLUGIN_ID}` };
}

/** An environment variable for tests with a Grafana. @throws Error if it is not set */
export function variable(name: string): string {
  const value = process.env[name];
  if (!value) {
    throw new Error(`To test with a Grafana, set ${name}`);
  }
  return value;
}
