import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startShop } from './index.ts';

const USAGE = `The example shop of Auditrail.

  npm start -w examples/shop -- [options]

  --port N          port (SHOP_PORT; default 8080)
  --host ADDRESS    address to listen on (SHOP_HOST; default 127.0.0.1)
  --data FOLDER     database and undelivered entries (SHOP_DATA; default .data/shop)
  --endpoint URL    URL of the gateway (AUDITRAIL_ENDPOINT; default http://127.0.0.1:4318)
  --tenant NAME     tenant in Loki (AUDITRAIL_TENANT; default audit)
  --traces          also send traces to the collector (SHOP_TRACES=true)
  --metrics-port N  serve metrics for Prometheus at this port (SHOP_METRICS_PORT)
  --trust-proxy     trust X-Forwarded-For from this machine
  --demo            create accounts with simple passwords and print them; only on 127.0.0.1
AUDITRAIL_WRITE_TOKEN must be set to a gateway token with the role write.`;

const { env } = process;
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: env['SHOP_PORT'] ?? '8080' },
    host: { type: 'string', default: env['SHOP_HOST'] ?? '127.0.0.1' },
    data: { type: 'string', default: env['SHOP_DATA'] ?? '.data/shop' },
    endpoint: { type: 'string', default: env['AUDITRAIL_ENDPOINT'] ?? 'http://127.0.0.1:4318' },
    tenant: { type: 'string', default: env['AUDITRAIL_TENANT'] ?? 'audit' },
    traces: { type: 'boolean', default: env['SHOP_TRACES'] === 'true' },
    'metrics-port': { type: 'string', ...(env['SHOP_METRICS_PORT'] && { default: env['SHOP_METRICS_PORT'] }) },
    'trust-proxy': { type: 'boolean', default: false },
    demo: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

function portOf(name: string, text: string): number {
  if (!/^\d{1,5}$/.test(text)) throw new Error(`--${name} must be a number, not ${text}`);
  return Number(text);
}

async function main(): Promise<void> {
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const { port, host, endpoint, tenant, traces, demo } = values;
  // npm changes to the workspace's folder; relative paths are relative to the user's folder.
  const data = resolve(env['INIT_CWD'] ?? '.', values.data);
  const token = env['AUDITRAIL_WRITE_TOKEN'];
  if (!token) throw new Error('AUDITRAIL_WRITE_TOKEN is not set: set it to a gateway token with the role write');
  const metricsPort = values['metrics-port'];
  const trustProxy = values['trust-proxy'];
  const shop = await startShop({
    dataDir: data,
    port: portOf('port', port),
    host,
    endpoint,
    tenant,
    token,
    traces,
    trustProxy,
    demo,
    ...(metricsPort && { metricsPort: portOf('metrics-port', metricsPort) }),
    log: true,
  });
  console.log(`The shop is running at ${shop.url}`);
  if (demo)
    console.table(shop.accounts.map(({ email, password, roles }) => ({ email, password, roles: roles.join(', ') })));
  else console.log(`Accounts and passwords: ${data}/accounts.json`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      shop.stop().catch(fail);
    });
  }
}

function fail(error: unknown): void {
  console.error(error instanceof Error ? `shop: ${error.message}` : error);
  process.exitCode = 1;
}

main().catch(fail);
