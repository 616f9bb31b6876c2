import { join } from 'node:path';
import { attack, startShop, startTraffic } from '@auditrail/example-shop';
import { freePort, startStack, uniqueTenant, type RunningStack } from '@auditrail/stack';
import { startPortal } from '../../stack/src/demo/portal-traffic.ts';
import { startKeeper } from '../../stack/src/services/keeper.ts';
import { startPrometheus } from './prometheus.ts';

export interface DemoData {
  stack: RunningStack;
  tenant: string;
  prometheusUrl: string;
  stop(): Promise<void>;
}

export interface DemoDataOptions {
  dataDir: string;
  tenant?: string;
  zipkin?: boolean;
  /** The port of the Grafana that reads through the gateway. Default: none. */
  grafanaPort?: number;
}

/** A stack with the demo's data: the portal with its day of history, the shop with its users and an attack, and Prometheus. */
export async function startDemoData(options: DemoDataOptions): Promise<DemoData> {
  const { dataDir, tenant = uniqueTenant('demo'), zipkin = false, grafanaPort } = options;
  const stack = await startStack({ dataDir: join(dataDir, 'stack'), zipkin, keeperIntake: 'own' });
  const keeper = await startKeeper(stack, grafanaPort ?? (await freePort()), tenant);
  const to = { endpoint: stack.urls.gateway, tenant, token: stack.tokensFor(tenant).write };
  const onProblem = (error: unknown) => console.error(error);
  const portal = startPortal({ ...to, spool: join(dataDir, 'portal-spool'), onProblem });
  const metricsPort = await freePort();
  const shop = await startShop({
    ...{ ...to, dataDir: join(dataDir, 'shop'), metricsPort, jobsEveryMs: 2_000, traces: zipkin },
    ...{ demo: true, trustProxy: true },
  });
  const prometheus = await startPrometheus(join(dataDir, 'prometheus'), [
    ...[stack.urls.loki, stack.urls.collectorMetrics],
    `http://127.0.0.1:${metricsPort}`,
  ]);
  const stopped = new AbortController();
  const { url, accounts } = shop;
  const traffic = startTraffic({ url, accounts, rate: 10, signal: stopped.signal, onProblem });
  await attack({ url, accounts, kind: 'brute-force', pauseMs: 20 });
  await attack({ url, accounts, kind: 'spray', pauseMs: 20 });
  await Promise.all([shop.deliver(), portal.deliver()]);
  return {
    ...{ stack, tenant, prometheusUrl: prometheus.url },
    async stop() {
      stopped.abort();
      await Promise.all([traffic, portal.stop()]);
      await shop.stop();
      await keeper.stop();
      await prometheus.stop();
      await stack.stop();
    },
  };
}
