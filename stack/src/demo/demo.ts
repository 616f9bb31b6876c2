import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { DEMO_TENANT, startPage, startShopWithPeople, type DemoPart } from './demo-parts.ts';
import { startKeeper } from '../services/keeper.ts';
import { inRoot } from '../paths.ts';
import { ensurePlugin } from '../check/plugin-build.ts';
import { freePort } from '../services/ports.ts';
import { terminalProgress, type Progress } from '../progress.ts';
import { openStack, type OpenStack } from '../services/stack.ts';
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

/**
 * Brings up the shop with people in it and the audit page, then Loki and the collector, building them first if needed;
 * prints where things are, and keeps them until told to stop. What people do in the shop meanwhile waits in its spool.
 */
export async function demo(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: OPTIONS });
  const began = Date.now();
  const since = () => `${((Date.now() - began) / 1000).toFixed(1)} s`;
  let crashed: (message: string) => void = () => undefined;
  const crash = new Promise<string>((resolve) => (crashed = resolve));
  const stopped = untilStopped();
  const terminal = terminalProgress();
  // The page shows the same words as the terminal.
  let waitingFor: string | undefined = 'Loki and the collector are starting';
  const progress: Progress = {
    say: (line) => terminal.say(line),
    update: (line) => terminal.update((waitingFor = line)),
  };
  const dataDir = inRoot('.data/demo');
  if (values.fresh) rmSync(dataDir, { recursive: true, force: true });
  const stack = await openStack({
    ...{ dataDir, progress, zipkin: values.zipkin ?? false },
    onCrash: (message) => crashed(message),
  });
  const running: DemoPart[] = [];
  let message: string | undefined;
  try {
    const shopPort = await freePort(Number(values['shop-port'] ?? PORTS.shop));
    const shop = await startShopWithPeople(stack, progress, shopPort, values.attack);
    running.push(shop);
    await ensurePlugin(terminal);
    const pagePort = await freePort(Number(values['page-port'] ?? PORTS.page));
    running.push(await startPage(stack, terminal, pagePort, () => waitingFor));
    terminal.say(`\nThe shop and the audit page are up (${since()}); their data is in ${dataDir}\n`);
    for (const { title, url } of running) terminal.say(`  ${url.padEnd(24)} ${title}`);
    terminal.say(`
To write entries of your own, or to import some, in another terminal:
  export AUDITRAIL_ENDPOINT=${stack.urls.gateway} AUDITRAIL_WRITE_TOKEN=${stack.tokensFor(DEMO_TENANT).write}

Sign in at the shop, then look at the audit page. Ctrl-C stops everything.`);
    message = await Promise.race([
      crash,
      stopped.then(() => undefined),
      // Ends only if it fails.
      startStore(stack, pagePort).then(async (keeper) => {
        running.push(keeper);
        waitingFor = 'Entries that waited are on their way';
        // Those that are later than this come by themselves.
        await shop.deliver().catch((error: unknown) => terminal.say(String(error)));
        waitingFor = undefined;
        terminal.say(`\nLoki and the collector are up (${since()}): entries arrive, and those that waited do too.`);
        return new Promise<never>(() => undefined);
      }),
    ]);
  } finally {
    console.log('\nStopping …');
    for (const part of running.reverse()) await part.stop();
    await stack.stop();
  }
  if (message) throw new Error(message);
}

async function startStore(stack: OpenStack, pagePort: number): Promise<DemoPart> {
  const { urls, tokensFor, behind, dataDir } = await stack.start();
  const keeper = await startKeeper({ urls, tokensFor, behind, dataDir }, pagePort, DEMO_TENANT);
  return { ...keeper, title: 'the keeper (background exports)' };
}
