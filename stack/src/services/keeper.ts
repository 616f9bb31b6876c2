import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { exportEngine, serve, type ServeOptions } from 'auditrail';
import type { RunningStack } from './stack.ts';

/** A keeper of background exports, and the token that the page's route bears. */
export interface StackKeeper {
  url: string;
  token: string;
  stop(): Promise<void>;
}

/** `auditrail serve`, for people of one tenant who come through the page on this port. */
export async function startKeeper(
  { urls, tokens, dataDir }: Pick<RunningStack, 'urls' | 'tokens' | 'dataDir'>,
  pagePort: number,
  tenant: string,
  log: NonNullable<ServeOptions['log']> = (level, event, details) => {
    if (level !== 'info') console.error('keeper:', event, details);
  },
): Promise<StackKeeper> {
  const folder = join(dataDir, 'keeper');
  const token = randomBytes(24).toString('hex');
  const keeper = await serve({
    ...{ folder, port: 0, collector: { url: urls.collector, token: tokens.write } },
    engine: exportEngine({ url: urls.gateway, token: tokens.read, keyFile: join(folder, 'manifest-key.pem') }),
    // More often than by default: who tries the product out sees soon what it notices.
    pipeline: { collectorMetrics: urls.collectorMetrics, lokiMetrics: `${urls.loki}/metrics`, everyMs: 5_000 },
    grafana: { url: `http://127.0.0.1:${pagePort}`, token, orgs: new Map([[1, tenant]]) },
    log,
  });
  let stopping: Promise<void> | undefined;
  return { url: keeper.url, token, stop: () => (stopping ??= keeper.stop()) };
}
