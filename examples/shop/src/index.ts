import { join } from 'node:path';
import { createShopAudit, type ShopAuditOptions } from './audit.ts';
import { Database } from './database.ts';
import { scheduleJobs } from './jobs.ts';
import { serveMetrics } from './metrics.ts';
import { seed, type SeedAccount } from './seed.ts';
import { createServer } from './server.ts';

export { attack, ATTACKS, type AttackKind, type AttackOptions } from './attack.ts';
export type { SeedAccount } from './seed.ts';
export { startTraffic, type TrafficOptions, type TrafficReport } from './traffic.ts';

export interface ShopOptions extends Omit<ShopAuditOptions, 'spool'> {
  /** The folder for the database and undelivered entries. Only one process may use it. */
  dataDir: string;
  /** Default: a free port. */
  port?: number;
  /** Default: 127.0.0.1. */
  host?: string;
  /** Trust X-Forwarded-For from this machine, for a proxy or the traffic generator. Default: `false`. */
  trustProxy?: boolean;
  /** Use simple passwords, and short locks and sessions. Only allowed on a loopback address. Default: `false`. */
  demo?: boolean;
  /** Also send a span per request to the collector. Default: `false`. */
  traces?: boolean;
  /** Serve metrics for Prometheus at this port. Default: no metrics. */
  metricsPort?: number;
  /** The interval of the scheduled jobs in milliseconds. Default: 60,000. */
  jobsEveryMs?: number;
  /** Write warnings and errors to stdout. Default: `false`. */
  log?: boolean;
}

export interface RunningShop {
  /** Such as `http://127.0.0.1:8080`. */
  url: string;
  /** The accounts that were created with the shop. */
  accounts: SeedAccount[];
  /** Delivers waiting entries now. @throws AuditError if this takes too long */
  deliver(): Promise<void>;
  /** Stops the shop. Entries that are not delivered within `timeoutMs` (default: 5,000) are sent at the next start. */
  stop(options?: { timeoutMs?: number }): Promise<void>;
}

const LOOPBACK = ['127.0.0.1', '::1', 'localhost'];

/**
 * Starts the example shop.
 *
 * @example
 * const shop = await startShop({ dataDir: './data', endpoint: 'http://127.0.0.1:4318', tenant: 'audit', token: '…' });
 * console.log(shop.url);
 * await shop.stop();
 */
export async function startShop(options: ShopOptions): Promise<RunningShop> {
  const { dataDir, endpoint, tenant, token, port = 0, host = '127.0.0.1', demo = false } = options;
  if (demo && !LOOPBACK.includes(host)) {
    throw new Error(`demo passwords are public: use 127.0.0.1 instead of ${host}`);
  }
  const database = new Database(dataDir);
  const accounts = await seed(database, dataDir, demo);
  const audit = createShopAudit({ endpoint, tenant, token, spool: join(dataDir, 'audit-spool') });
  const stopMetrics =
    options.metricsPort === undefined ? undefined : await serveMetrics({ host, port: options.metricsPort });
  const minute = 60_000;
  const server = createServer({
    database,
    audit,
    lockMs: demo ? minute : 15 * minute,
    sessionMs: demo ? 10 * minute : 8 * 60 * minute,
    trustProxy: options.trustProxy ?? false,
    ...(options.traces && { traces: { endpoint, token } }),
    log: options.log ?? false,
  });
  const stopJobs = scheduleJobs({
    database,
    audit,
    everyMs: options.jobsEveryMs ?? minute,
    onError: (error) => server.log.error(error, 'scheduled jobs failed'),
  });
  const stop = async (stopOptions?: { timeoutMs?: number }) => {
    await stopJobs();
    await server.close();
    await audit.shutdown(stopOptions);
    await database.close();
    await stopMetrics?.();
  };
  try {
    const url = await server.listen({ port, host });
    return { url, accounts, deliver: () => audit.flush(), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
