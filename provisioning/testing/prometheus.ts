import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureDebianPackage, freePort } from '@auditrail/stack';
import { stringify } from 'yaml';
import { createPart } from '../../stack/src/services/part.ts';

export interface RunningPrometheus {
  url: string;
  stop(): Promise<void>;
}

/** Starts a Prometheus that scrapes these addresses each second. */
export async function startPrometheus(folder: string, addresses: readonly string[]): Promise<RunningPrometheus> {
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const config = join(folder, 'prometheus.yaml');
  writeFileSync(
    config,
    stringify({
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      scrape_configs: [
        { job_name: 'all', static_configs: [{ targets: addresses.map((address) => new URL(address).host) }] },
      ],
    }),
  );
  const part = createPart({
    ...{ name: 'Prometheus', command: await ensureDebianPackage('prometheus', 'prometheus'), env: {} },
    args: [
      ...[`--config.file=${config}`, `--storage.tsdb.path=${join(folder, 'data')}`],
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    ...{ logFile: join(folder, 'prometheus.log'), readyUrl: `${url}/-/ready` },
    onCrash: (message) => console.error(message),
  });
  await part.start();
  return { url, stop: () => part.stop() };
}
