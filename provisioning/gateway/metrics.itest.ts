import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureDebianPackage, freePort, inRoot, testStack } from '@auditrail/stack';
import { createPart, type Part } from '../../stack/src/services/part.ts';
import { fillTemplate } from '../../stack/src/services/parts.ts';

const folder = mkdtempSync(join(tmpdir(), 'auditrail-metrics-'));
let nginx: Part;
let url: string;

beforeAll(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const server = fillTemplate(readFileSync(inRoot('provisioning/gateway/metrics.conf.template'), 'utf8'), {
    AUDITRAIL_GATEWAY_METRICS_ADDRESS: `127.0.0.1:${port}`,
    AUDITRAIL_LOKI_ADDRESS: new URL(testStack().urls.loki).host,
  });
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const paths = kinds.map((kind) => `${kind}_temp_path ${folder}/${kind};`).join(' ');
  const main = `daemon off; master_process off; pid ${folder}/pid; events {}`;
  const config = join(folder, 'nginx.conf');
  writeFileSync(config, `${main} http { access_log off; ${paths} ${server} }`);
  nginx = createPart({
    ...{ name: 'nginx', command: await ensureDebianPackage('nginx-light', 'nginx'), env: {} },
    ...{ args: ['-p', folder, '-e', 'stderr', '-c', config], logFile: join(folder, 'log') },
    ...{ readyUrl: `${url}/metrics`, onCrash: (message: string) => console.error(message) },
  });
  await nginx.start();
}, 300_000);
afterAll(async () => {
  await nginx?.stop();
  rmSync(folder, { recursive: true });
});

it("only exposes Loki's metrics", async () => {
  const at = (path: string, method = 'GET') => fetch(url + path, { method });
  expect(await (await at('/metrics')).text()).toContain('loki_build_info');
  expect((await at('/metrics', 'POST')).status).toBe(403);
  for (const path of ['/', '/metrics/', '/config', '/loki/api/v1/labels', '/metrics%2f..%2fconfig']) {
    expect([path, (await at(path)).status]).toEqual([path, 404]);
  }
});
