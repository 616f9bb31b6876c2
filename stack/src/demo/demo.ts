import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { DEMO_TENANT, startPage, startShopWithUsers, type DemoPart } from './demo-parts.ts';
import { startKeeper } from '../services/keeper.ts';
import { inRoot } from '../paths.ts';
import { ensurePlugin } from '../check/plugin-build.ts';
import { freePort } from '../services/ports.ts';
import { terminalProgress, type Progress } from '../progress.ts';
import { openStack, type OpenStack } from '../services/stack.ts';
import { untilStopped } from '../services/until-stopped.ts';

const OPTIONS = {
  /** Adds an attacker, such as `brute-force`. */
  attack: { type: 'string' },
  /** Delete the data of earlier runs. */
  fresh: { type: 'boolean' },
  zipkin: { type: 'boolean' },
  'page-port': { type: 'string' },
  'shop-port': { type: 'string' },
} as const;

// Fixed, so that people can bookmark the addresses. If a port is taken, a free one is used.
const PORTS = { page: 3300, shop: 3301 };

/**
 * Starts the shop with simulated users and the audit page, then Loki and the collector, which it builds if needed. Prints the
 * addresses and runs until it is stopped. Until Loki is up, the shop's entries wait in its spool.
 */
export async function demo(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: OPTIONS });
  const began = Date.now();
  const since = () => `${((Date.now() - began) / 1000).toFixed(1)} s`;
  const { promise: crash, resolve: crashed } = Promise.withResolvers<string>();
  const stopped = untilStopped();
  const terminal = terminalProgress();
  // The page shows the same status as the terminal.
  let waitingFor: string | undefined = 'Loki and the collector are starting';
  const progress: Progress = {
    log: (line) => terminal.log(line),
    update: (line) => terminal.update((waitingFor = line)),
  };
  const dataDir = inRoot('.data/demo');
  if (values.fresh) rmSync(dataDir, { recursive: true, force: true });
  const stack = await openStack({
    ...{ dataDir, progress, zipkin: values.zipkin ?? false, keeperIntake: 'own' },
    onCrash: (message) => crashed(message),
  });
  const running: DemoPart[] = [];
  let message: string | undefined;
  try {
    const shopPort = await freePort(Number(values['shop-port'] ?? PORTS.shop));
    const shop = await startShopWithUsers(stack, progress, shopPort, values.attack);
    running.push(shop);
    await ensurePlugin(terminal);
    const pagePort = await freePort(Number(values['page-port'] ?? PORTS.page));
    running.push(await startPage(stack, terminal, pagePort, () => waitingFor));
    terminal.log(`\nThe shop and the audit page are running (${since()}). Data folder: ${dataDir}\n`);
    for (const { title, url } of running) terminal.log(`  ${url.padEnd(24)} ${title}`);
    terminal.log(`
To write, read or import entries from another terminal:
  export AUDITRAIL_ENDPOINT=${stack.urls.gateway} AUDITRAIL_WRITE_TOKEN=${stack.tokensFor(DEMO_TENANT).write}
  export AUDITRAIL_READ_TOKEN=${stack.tokensFor(DEMO_TENANT).read}

Sign in to the shop, then open the audit page. Press Ctrl-C to stop.`);
    message = await Promise.race([
      crash,
      stopped.then(() => undefined),
      // Ends only if it fails.
      startStore(stack, pagePort).then(async (keeper) => {
        running.push(keeper);
        waitingFor = 'Loading the waiting entries';
        // Entries that are not delivered in time follow in the background.
        await shop.deliver().catch((error: unknown) => terminal.log(String(error)));
        waitingFor = undefined;
        terminal.log(`\nLoki and the collector are running (${since()}). The audit page shows all entries.`);
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
