import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { DEMO_TENANT, startPage, startShopWithPeople, type DemoPart } from './demo-parts.ts';
import { startKeeper } from '../services/keeper.ts';
import { inRoot } from '../paths.ts';
import { ensurePlugin } from '../check/plugin-build.ts';
import { freePort } from '../services/ports.ts';
import { terminalProgress } from '../progress.ts';
import { startStack } from '../services/stack.ts';
import { untilStopped } from '../services/until-stopped.ts';

const OPTIONS = {
  /** Such as `brute-force`: an attacker beside the people. */
  attack: { type: 'string' },
  /** Begin with an empty trail. */
  fresh: { type: 'boolean' },
  zipkin: { type: 'boolean' },
  'page-port': { type: 'string' },
  'shop-port': { type: 'string' },
} as const;

// Addresses that stay the same, so that they can be kept as a bookmark; another one where it is taken.
const PORTS = { page: 3300, shop: 3301 };

/** Brings up the stack, the audit page and the shop with people in it, prints where they are, and keeps them until told to stop. */
export async function demo(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: OPTIONS });
  const began = Date.now();
  let crashed: (message: string) => void = () => undefined;
  const crash = new Promise<string>((resolve) => (crashed = resolve));
  const stopped = untilStopped();
  const progress = terminalProgress();
  const dataDir = inRoot('.data/demo');
  if (values.fresh) rmSync(dataDir, { recursive: true, force: true });
  await ensurePlugin(progress);
  const stack = await startStack({
    dataDir,
    zipkin: values.zipkin ?? false,
    onCrash: (message) => crashed(message),
  });
  const running: DemoPart[] = [];
  let message: string | undefined;
  try {
    const pagePort = await freePort(Number(values['page-port'] ?? PORTS.page));
    const keeper = await startKeeper(stack, pagePort, DEMO_TENANT);
    running.push({ ...keeper, title: 'the keeper (background exports)' });
    running.push(await startPage(stack, progress, pagePort, keeper));
    const shopPort = await freePort(Number(values['shop-port'] ?? PORTS.shop));
    running.push(await startShopWithPeople(stack, progress, shopPort, values.attack));
    console.log(`\nThe demo is up (${((Date.now() - began) / 1000).toFixed(1)} s); its data is in ${dataDir}\n`);
    for (const { title, url } of running) console.log(`  ${(url ?? '').padEnd(24)} ${title}`);
    console.log(`
To write entries of your own, or to import some, in another terminal:
  export AUDITRAIL_ENDPOINT=${stack.urls.gateway} AUDITRAIL_WRITE_TOKEN=${stack.tokensFor(DEMO_TENANT).write}

Sign in at the shop, then look at the audit page. Ctrl-C stops everything.`);
    message = await Promise.race([crash, stopped.then(() => undefined)]);
  } finally {
    console.log('\nStopping …');
    for (const part of running.reverse()) await part.stop();
    await stack.stop();
  }
  if (message) throw new Error(message);
}
