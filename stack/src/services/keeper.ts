import { join } from 'node:path';
import { exportEngine, GatewayTokenSet, serve, type RunningKeeper, type ServeOptions } from 'auditrail';
import type { RunningStack } from './stack.ts';

/** A keeper, and the token with which the gateway calls it. */
export interface StackKeeper {
  url: string;
  token: string;
  /** Tokens of its HTTP API. */
  tokens: RunningKeeper['tokens'];
  stop(): Promise<void>;
}

/** Starts `auditrail serve` for one organization and tenant, and the audit page on `pagePort`. */
export async function startKeeper(
  { urls, tokensFor, behind, dataDir }: Pick<RunningStack, 'urls' | 'tokensFor' | 'behind' | 'dataDir'>,
  pagePort: number,
  tenant: string,
  log: NonNullable<ServeOptions['log']> = (level, event, details) => {
    if (level !== 'info') console.error('keeper:', event, details);
  },
  orgId = 1,
): Promise<StackKeeper> {
  const folder = join(dataDir, 'keeper');
  const token = behind.tokens.keeper;
  const intake = behind.intakeUrl && { token: behind.tokens.intake, port: Number(new URL(behind.intakeUrl).port) };
  const { read, write } = tokensFor(tenant);
  const tokens = new GatewayTokenSet(`${read} ${write}`);
  const keeper = await serve({
    ...{ folder, port: Number(new URL(behind.keeperUrl).port), collector: { url: urls.collector, tokens } },
    engine: exportEngine({ url: urls.gateway, tokens, keyFile: join(folder, 'manifest-key.pem') }),
    ...(intake && { intake }),
    // More often than by default, so that people who try the product see results soon.
    pipeline: { collectorMetrics: urls.collectorMetrics, lokiMetrics: `${urls.loki}/metrics`, everyMs: 5_000 },
    grafana: { url: `http://127.0.0.1:${pagePort}`, token, orgs: new Map([[orgId, tenant]]) },
    log,
  });
  let stopping: Promise<void> | undefined;
  return { url: keeper.url, token, tokens: keeper.tokens, stop: () => (stopping ??= keeper.stop()) };
}
