import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { inRoot } from '../paths.ts';

const service = z.looseObject({
  image: z.string(),
  read_only: z.boolean(),
  cap_drop: z.array(z.string()),
  cap_add: z.array(z.string()).default([]),
  security_opt: z.array(z.string()),
  restart: z.string(),
  environment: z.record(z.string(), z.string()).default({}),
  networks: z.array(z.string()).default([]),
  ports: z.array(z.string()).default([]),
});
const compose = z
  .looseObject({
    services: z.record(z.string(), service),
    networks: z.record(z.string(), z.looseObject({}).nullable()),
  })
  .parse(parse(readFileSync(inRoot('docker-compose.yml'), 'utf8'), { merge: true }));
const services = Object.entries(compose.services);
const named = (matches: (each: z.output<typeof service>) => boolean) =>
  services.filter(([, each]) => matches(each)).map(([name]) => name);

it('publishes only the ports of Grafana and the shop, by default only to this machine', () => {
  expect(named(({ ports }) => ports.length > 0)).toEqual(['grafana', 'shop']);
  for (const [, { ports }] of services) {
    for (const port of ports) expect(port).toMatch(/^\$\{AUDITRAIL_BIND:-127\.0\.0\.1\}:/);
  }
});

it('restricts the privileges of all containers', () => {
  for (const [name, each] of services) {
    expect([name, each.read_only, each.cap_drop]).toEqual([name, true, ['ALL']]);
    expect(each.security_opt).toContain('no-new-privileges:true');
  }
  expect(named(({ cap_add }) => cap_add.length > 0)).toEqual(['queue-owner']);
});

it('connects only the necessary services to Loki', () => {
  const on = (network: string) => named(({ networks }) => networks.includes(network));
  expect(on('store')).toEqual(['loki', 'gateway', 'collector']);
  expect(on('read')).toEqual(['grafana', 'gateway', 'prometheus', 'keeper', 'doctor']);
  const open = Object.entries(compose.networks).filter(([, network]) => network?.['internal'] !== true);
  expect(open.map(([name]) => name)).toEqual(['front']);
  expect(on('front')).toEqual(['grafana', 'shop']);
});

it('connects applications to the gateway, but not to the services behind it', () => {
  const { shop } = compose.services;
  expect(shop?.networks).toEqual(['front', 'write', 'metrics']);
  expect(named(({ networks }) => networks.includes('metrics'))).toEqual(['prometheus', 'shop']);
  expect(named(({ networks }) => networks.includes('write'))).toEqual(['gateway', 'shop']);
});

it('passes the tokens of the collector and the keeper to the gateway', () => {
  const having = (name: string) => named(({ environment }) => name in environment);
  expect(having('AUDITRAIL_COLLECTOR_TOKEN')).toEqual(['gateway', 'collector']);
  expect(having('AUDITRAIL_COLLECTOR_GRAFANA_TOKEN')).toEqual(['gateway', 'collector']);
  // The folder, not the file: a mounted file would not change when it is replaced.
  expect(compose.services['gateway']?.['volumes']).toContain('./tokens:/etc/auditrail:ro');
});

it('connects the keeper only to the gateway, Grafana and the collector', () => {
  const { keeper, grafana } = compose.services;
  expect(keeper).toMatchObject({ command: ['serve'], networks: ['read', 'intake'], volumes: ['keeper:/data'] });
  // Only the collector reaches the intake.
  expect(named(({ networks }) => networks.includes('intake'))).toEqual(['collector', 'keeper']);
  expect(named(({ environment }) => 'AUDITRAIL_INTAKE_TOKEN' in environment)).toEqual(['collector', 'keeper']);
  // The keeper trusts Grafana's issuer.
  expect(keeper?.environment['AUDITRAIL_GRAFANA_ISSUER']).toBe(grafana?.environment['GF_SERVER_ROOT_URL']);
  expect(named(({ environment }) => 'AUDITRAIL_KEEPER_TOKEN' in environment)).toEqual(['gateway', 'keeper']);
  // The image's user owns the volume's folder; otherwise the keeper could not write to it.
  expect(readFileSync(inRoot('keeper/Dockerfile'), 'utf8')).toMatch(/chown node:node \/data[^]*USER node/);
});

it("passes the gateway's URL and token to the Grafana app as one secret", () => {
  const { AUDITRAIL_GATEWAY: secret } = compose.services['grafana']?.environment ?? {};
  expect(secret).toBe('http://gateway:8080/t/${AUDITRAIL_GRAFANA_TOKEN:?run npm run stack -- env}');
  const provisioned = parse(readFileSync(inRoot('provisioning/grafana/plugins/auditrail.yaml'), 'utf8')) as {
    apps: Array<{ jsonData: object; secureJsonData: object }>;
  };
  expect(provisioned.apps.map(({ secureJsonData }) => secureJsonData)).toEqual([{ gateway: '${AUDITRAIL_GATEWAY}' }]);
  // Each viewer can read jsonData.
  expect(JSON.stringify(provisioned.apps.map(({ jsonData }) => jsonData))).not.toMatch(/\$|http|tenant/i);
});

it('links the page to the provisioned data sources', () => {
  const read = (path: string) =>
    parse(readFileSync(inRoot(`provisioning/grafana/${path}/auditrail.yaml`), 'utf8')) as unknown;
  const { apps } = read('plugins') as { apps: { jsonData: Record<string, unknown> }[] };
  const { datasources } = read('datasources') as { datasources: { uid: string; type: string }[] };
  const uids = Object.fromEntries(datasources.map(({ uid, type }) => [type, uid]));
  expect(apps[0]?.jsonData).toMatchObject({
    ...{ datasourceUid: uids['loki'], tracesDatasourceUid: uids['tempo'] },
    provisioned: true,
  });
});

it('pins every image', () => {
  for (const [name, { image }] of services) expect([name, image]).toEqual([name, expect.stringMatching(/:v?\d+\.\d+/)]);
});

it('contains no secrets, and requires each from the environment', () => {
  const secret = /TOKEN$|PASSWORD|SECRET|KEY$/;
  for (const [, { environment }] of services) {
    for (const [name, value] of Object.entries(environment)) {
      if (secret.test(name)) expect(value).toMatch(/^\$\{\w+:\?run npm run stack -- env\}$/);
    }
  }
});

it.each([
  ['loki', 'provisioning/loki/loki.yaml', /\$\{(LOKI_\w+)\}/g],
  ['collector', 'collector-config/collector.yaml', /\$\{env:(\w+)\}/g],
  ['collector', 'collector-config/traces.yaml', /\$\{env:(\w+)\}/g],
  ['collector', 'collector-config/keeper.yaml', /\$\{env:(\w+)\}/g],
  ['gateway', 'provisioning/gateway/default.conf.template', /\$\{(AUDITRAIL_\w+)\}/g],
  ['gateway', 'provisioning/gateway/metrics.conf.template', /\$\{(\w+)\}/g],
  ['grafana', 'provisioning/grafana/plugins/auditrail.yaml', /[^$]\$\{(\w+)\}/g],
  ['grafana', 'provisioning/grafana/datasources/auditrail.yaml', /[^$]\$\{(AUDITRAIL_\w+)\}/g],
])('passes the variables of %s for %s', (name, file, pattern) => {
  const used = [...readFileSync(inRoot(file), 'utf8').matchAll(pattern)].map((match) => match[1]);
  const passed = Object.keys(compose.services[name]?.environment ?? {});
  expect(passed).toEqual(expect.arrayContaining(used));
});
