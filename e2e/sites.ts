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
/** The built plugin; `AUDITRAIL_PLUGIN_DIST` names another build. */
export const PLUGIN_DIR = process.env.AUDITRAIL_PLUGIN_DIST ?? inRoot('grafana-plugin/dist');

/** Whose pages a browser shows; nobody in Grafana OSS can have the role "Audit log reader" without being an Admin. */
export type Role = 'admin' | 'viewer' | 'reader';

/** Somebody who signs in, as Grafana knows him. */
interface Person {
  uid: string;
  login: string;
  name: string;
  email: string;
}

/** Something that shows the plugin: the development host, or a real Grafana. */
export interface Site {
  pageUrl: string;
  configUrl: string;
  /** The tenant whose entries the page shows, and the parts to write them to. */
  tenant: string;
  parts: Pick<TestStack, 'urls' | 'tokensFor'>;
  /** The stack, where it is this site's own: its parts may be killed. */
  stack?: RunningStack;
  /** The keeper of background exports, where the site was opened with one, and what its reads go through. */
  keeper?: StackKeeper;
  keeperReads?: FaultyProxy;
  /** Those who may sign in. */
  people: Record<'admin' | 'viewer', Person> & Partial<Record<Role, Person>>;
  /** Lets the pages of this browser be those of somebody. */
  login(page: Page, role: Role): Promise<void>;
  /** How pages look and what they speak, from the next load on. */
  show(context: BrowserContext, look: Partial<HostLook>): Promise<void>;
  /** Forgets what the people chose: preferences, saved views, look. */
  forget(): Promise<void>;
  stop(): Promise<void>;
}

/** What the development host is to have. */
export interface HostWishes {
  /** With a keeper of background exports. */
  keeper?: boolean;
  /** Data sources that links may lead to. */
  datasources?: HostDatasource[];
}

/** The development host on a stack of its own. */
export async function openHost({ keeper: withKeeper = false, datasources = [] }: HostWishes = {}): Promise<Site> {
  const stack = await startStack();
  const { urls } = stack;
  const tenant = uniqueTenant('page');
  const port = await freePort();
  const keeperReads = withKeeper ? await startFaultyProxy(urls.gateway) : undefined;
  const read = { ...urls, gateway: keeperReads?.url ?? urls.gateway };
  const keeper = withKeeper ? await startKeeper({ ...stack, urls: read }, port, tenant, () => {}) : undefined;
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
    ...{ tenant, stack, parts: stack, people: USERS, ...(keeper && { keeper }), ...(keeperReads && { keeperReads }) },
    async login(page, role) {
      await setCookies(page.context(), { user: role });
    },
    show: setCookies,
    // The look is kept by the browser.
    async forget() {
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

/** Where a Grafana to test against is named. */
export const GRAFANA_URL = process.env.GRAFANA_URL?.replace(/\/$/, '');

/**
 * The Grafana of `GRAFANA_URL`, with the users of `GRAFANA_USER` (who administers the server), `GRAFANA_PASSWORD`,
 * `GRAFANA_VIEWER_USER` and `GRAFANA_VIEWER_PASSWORD`. The plugin's settings there must point to the stack of
 * `AUDITRAIL_TEST_STACK` and to a keeper, with a token of the tenant `AUDITRAIL_TENANT`: the settings do not name it.
 */
export async function openGrafana(): Promise<Site> {
  const url = variable('GRAFANA_URL').replace(/\/$/, '');
  const accounts: Partial<Record<Role, { user: string; password: string }>> = {
    admin: { user: variable('GRAFANA_USER'), password: variable('GRAFANA_PASSWORD') },
    viewer: { user: variable('GRAFANA_VIEWER_USER'), password: variable('GRAFANA_VIEWER_PASSWORD') },
  };
  const accountOf = (role: Role) => {
    const account = accounts[role];
    if (!account) throw new Error(`Grafana has no account of a ${role} here.`);
    return account;
  };
  const authorization = (role: Role) => {
    const { user, password } = accountOf(role);
    return { authorization: `Basic ${btoa(`${user}:${password}`)}` };
  };
  const ask = async <T>(role: Role, path: string, init: RequestInit = {}): Promise<T> => {
    const headers = { 'content-type': 'application/json', ...authorization(role) };
    const answer = await fetch(url + path, { ...init, headers });
    if (!answer.ok) throw new Error(`Grafana answered ${answer.status} to ${path} of the ${role}.`);
    return (await answer.json()) as T;
  };
  const personOf = async (role: Role) => {
    const person = await ask<Person>(role, '/api/user');
    // As Grafana states who has given no name.
    return { ...person, name: person.name || person.login };
  };
  const people = {
    admin: await personOf('admin'),
    viewer: await personOf('viewer'),
  };
  const choose = (look: Partial<HostLook>) =>
    ask('admin', '/api/user/preferences', { method: 'PATCH', body: JSON.stringify(look) });
  return {
    ...siteAt(url),
    ...{ tenant: variable('AUDITRAIL_TENANT'), parts: testStack(), people },
    async login(page, role) {
      await page.context().clearCookies();
      const answer = await page.request.post(`${url}/login`, { data: accountOf(role) });
      if (!answer.ok()) throw new Error(`Grafana refused the sign-in of the ${role}: ${answer.status()}`);
    },
    async show(_, look) {
      await choose(look);
    },
    async forget() {
      await choose({ theme: 'dark', language: 'en-US' });
      await Promise.all(Object.values(people).map(({ uid }) => forgetUser(url, uid, authorization('admin'))));
    },
    stop: async () => {},
  };
}

async function forgetUser(url: string, uid: string, headers: Record<string, string>): Promise<void> {
  const kept = `${url}${USER_STORAGE_PATH}/${PLUGIN_ID}:${uid}`;
  const { status } = await fetch(kept, { method: 'DELETE', headers });
  // Who chose nothing has nothing there.
  if (status !== 200 && status !== 404) throw new Error(`${kept} could not be deleted: ${status}`);
}

function siteAt(url: string): Pick<Site, 'pageUrl' | 'configUrl'> {
  return { pageUrl: `${url}/a/${PLUGIN_ID}`, configUrl: `${url}/plugins/${PLUGIN_ID}` };
}

/** A variable of the environment that a test against a Grafana needs. @throws Error if it is not set */
export function variable(name: string): string {
  const value = process.env[name];
  if (!value) {
    throw new Error(`To test against a Grafana, set ${name}.`);
  }
  return value;
}
