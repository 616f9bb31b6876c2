import { join } from 'node:path';
import { attack, ATTACKS, startShop, startTraffic, type AttackKind } from '../../../examples/shop/src/index.ts';
import { startHost } from '../../host/index.ts';
import { appSettings } from '../../host/settings.ts';
import { PLUGIN_DIST } from '../check/plugin-build.ts';
import type { Progress } from '../progress.ts';
import type { OpenStack } from '../services/stack.ts';
import { startPortal } from './portal-traffic.ts';

/** A part of the demo outside the stack. Parts are started in order and stopped in reverse order. */
export interface DemoPart {
  url: string;
  /** One line for people: `the shop, which creates the entries`. */
  title: string;
  stop(): Promise<void>;
}

/** The demo's tenant in Loki. */
export const DEMO_TENANT = 'audit';

/** Starts the audit page in the development host. @param waitingFor the reason why it cannot read entries yet */
export async function startPage(
  { urls, tokensFor }: OpenStack,
  progress: Progress,
  port: number,
  waitingFor: () => string | undefined,
): Promise<DemoPart> {
  const host = await startHost({
    pluginDir: PLUGIN_DIST,
    port,
    report: (line) => progress.log(line),
    waitingFor,
    settings: appSettings(urls.gateway, tokensFor(DEMO_TENANT).grafana, { backgroundExports: true }),
  });
  return {
    url: host.url,
    title: 'the audit page (development host; users Ada Admin and Vic Viewer)',
    stop: () => host.stop(),
  };
}

/** Starts the example shop and a simulated staff portal with users and, if `attackKind` is set, an attacker. */
export async function startShopWithUsers(
  { urls, tokensFor, dataDir }: OpenStack,
  progress: Progress,
  port: number,
  attackKind?: string,
): Promise<DemoPart & { deliver(): Promise<void> }> {
  const kind = toAttackKind(attackKind);
  const shop = await startShop({
    dataDir: join(dataDir, 'shop'),
    endpoint: urls.gateway,
    tenant: DEMO_TENANT,
    token: tokensFor(DEMO_TENANT).write,
    port,
    demo: true,
    trustProxy: true,
    traces: urls.zipkin !== undefined,
    jobsEveryMs: 30_000,
  });
  const stopped = new AbortController();
  const onProblem = (error: unknown) => progress.log(`Traffic: ${String(error)}`);
  const users = startTraffic({ url: shop.url, accounts: shop.accounts, rate: 2, signal: stopped.signal, onProblem });
  const portal = startPortal({
    ...{ endpoint: urls.gateway, tenant: DEMO_TENANT, token: tokensFor(DEMO_TENANT).write, onProblem },
    spool: join(dataDir, 'portal-spool'),
  });
  const attacker = kind && attack({ url: shop.url, kind, accounts: shop.accounts }).catch(onProblem);
  const examples = ['admin', 'customer'].flatMap(
    (role) => shop.accounts.find(({ roles }) => roles.at(-1) === role) ?? [],
  );
  const credentials = examples.map(({ email, password }) => `${email} / ${password}`).join(', ');
  return {
    url: shop.url,
    title: `the shop, which creates the entries (sign in as ${credentials})`,
    async deliver() {
      await Promise.all([shop.deliver(), portal.deliver()]);
    },
    async stop() {
      stopped.abort();
      await Promise.all([users, attacker, portal.stop()]);
      await shop.stop();
    },
  };
}

function toAttackKind(text: string | undefined): AttackKind | undefined {
  const kind = ATTACKS.find((name) => name === text);
  if (text !== undefined && !kind) throw new Error(`unknown attack "${text}"; use one of: ${ATTACKS.join(', ')}`);
  return kind;
}
