import { join } from 'node:path';
import { attack, ATTACKS, startShop, startTraffic, type AttackKind } from '../../../examples/shop/src/index.ts';
import { startHost } from '../../host/index.ts';
import { appSettings } from '../../host/settings.ts';
import { PLUGIN_DIST } from '../check/plugin-build.ts';
import type { Progress } from '../progress.ts';
import type { OpenStack } from '../services/stack.ts';

/** Something of the demo that runs beside the stack: started in order, stopped in reverse. */
export interface DemoPart {
  /** What a person or program can open. */
  url: string;
  /** One line for people: `The shop, where the entries come from`. */
  title: string;
  stop(): Promise<void>;
}

/** Loki's tenant of the demo. */
export const DEMO_TENANT = 'audit';

/** The audit page, in the development host. @param waitingFor why there is nothing to read yet */
export async function startPage(
  { urls, tokensFor }: OpenStack,
  progress: Progress,
  port: number,
  waitingFor: () => string | undefined,
): Promise<DemoPart> {
  const host = await startHost({
    pluginDir: PLUGIN_DIST,
    port,
    report: (line) => progress.say(line),
    waitingFor,
    settings: appSettings(urls.gateway, tokensFor(DEMO_TENANT).grafana, { backgroundExports: true }),
  });
  return {
    url: host.url,
    title: 'the audit page (development host; users Ada Admin and Vic Viewer)',
    stop: () => host.stop(),
  };
}

/** The example shop with people in it, and on request an attacker. */
export async function startShopWithPeople(
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
  const onProblem = (error: unknown) => progress.say(`Traffic: ${String(error)}`);
  const people = startTraffic({ url: shop.url, accounts: shop.accounts, rate: 2, signal: stopped.signal, onProblem });
  const attacker = kind && attack({ url: shop.url, kind, accounts: shop.accounts }).catch(onProblem);
  const signIn = ['admin', 'customer'].flatMap(
    (role) => shop.accounts.find(({ roles }) => roles.at(-1) === role) ?? [],
  );
  const who = signIn.map(({ email, password }) => `${email} / ${password}`).join(', ');
  return {
    url: shop.url,
    title: `the shop, where the entries come from (sign in as ${who})`,
    deliver: () => shop.deliver(),
    async stop() {
      stopped.abort();
      await Promise.all([people, attacker]);
      await shop.stop();
    },
  };
}

function toAttackKind(text: string | undefined): AttackKind | undefined {
  const kind = ATTACKS.find((name) => name === text);
  if (text !== undefined && !kind) throw new Error(`no attack "${text}"; there are: ${ATTACKS.join(', ')}`);
  return kind;
}
