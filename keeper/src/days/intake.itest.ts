import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { msToNs } from '@auditrail/core';
import { freePort, startStack, type RunningStack } from '@auditrail/stack';
import { readTrail, sendEntries, testEntry, waitForTrail } from '@auditrail/stack/testing';
import { openDatabase } from '../serve/database.ts';
import { Tokens } from '../serve/tokens.ts';

// The real collector hands entries to the real `auditrail serve`.
const tenant = 'audit';
const token = 'intake-token-of-this-test';
const folder = mkdtempSync(join(tmpdir(), 'auditrail-intake-'));
const env = { PATH: process.env['PATH'], HOME: folder, AUDITRAIL_KEEPER_FOLDER: folder, AUDITRAIL_INTAKE_TOKEN: token };
const range = () => ({ from: String(msToNs(Date.now() - 86_400_000)), to: String(msToNs(Date.now() + 3_600_000)) });

let stack: RunningStack;
let keeper: ChildProcess;
let url = '';
let secret = '';
let intake = 0;
let output = '';

async function serve(more: Record<string, string> = {}): Promise<void> {
  const { urls, tokensFor } = stack;
  const node = ['--conditions=@auditrail/source', '--disable-warning=ExperimentalWarning'];
  const { read, write } = tokensFor(tenant);
  const args = ['serve', '--listen', '127.0.0.1:0', '--url', urls.gateway, '--token', `${read} ${write}`];
  const taking = ['--intake-listen', `127.0.0.1:${intake}`];
  keeper = spawn(process.execPath, [...node, join(__dirname, '../cli.ts'), ...args, ...taking], {
    env: { ...env, ...more },
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  output = '';
  keeper.stderr?.setEncoding('utf8').on('data', (text: string) => (output += text));
  while (!(url = /"event":"serving","url":"([^"]+)"/.exec(output)?.[1] ?? '')) {
    if (keeper.exitCode !== null) throw new Error(output);
    await sleep(50);
  }
}

async function kill(): Promise<void> {
  keeper.kill('SIGKILL');
  while (keeper.exitCode === null && keeper.signalCode === null) await sleep(20);
}

beforeAll(async () => {
  intake = await freePort();
  stack = await startStack({ keeperIntake: { url: `http://127.0.0.1:${intake}`, token } });
  await serve();
  const db = openDatabase(folder);
  const expiresMs = Date.now() + 3_600_000;
  secret = new Tokens(db).create({ tenant, name: 'test', scopes: ['entries:read'], expiresMs }).secret;
  db.close();
}, 90_000);

afterAll(async () => {
  await kill();
  await stack.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

async function ask(path: string, body: object): Promise<Record<string, unknown>> {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { Authorization: `Bearer ${secret}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ ...range(), ...body }),
  });
  return (await response.json()) as Record<string, unknown>;
}

const countAt = async (body = {}) => (await ask('/v1/entries/count', body))['count'];

async function untilKept(count: number): Promise<void> {
  for (const deadline = Date.now() + 40_000; (await countAt()) !== count; await sleep(100)) {
    if (Date.now() > deadline) throw new Error(`the keeper has ${String(await countAt())} of ${count} entries`);
  }
}

async function expectSameAsLoki(): Promise<void> {
  const inLoki = (await readTrail(stack, tenant)).map(({ line }) => line);
  const { entries } = (await ask('/v1/entries', { limit: 5_000 })) as { entries: { line: string }[] };
  expect(entries.map(({ line }) => line)).toEqual(inLoki);
}

const group = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => testEntry({ description: `number ${from + i} <é> 😀` }));

it('keeps the same lines as Loki, in the same order, and counts them', async () => {
  await sendEntries(stack, tenant, group(0, 50));
  await untilKept(50);
  await waitForTrail(stack, tenant, 50);
  await expectSameAsLoki();
  const filters = [{ field: 'service', operator: 'is', values: ['nobody'] }];
  expect(await countAt({ filters })).toBe(0);
});

it('has everything after kill -9 and an outage, each entry once', async () => {
  await sendEntries(stack, tenant, group(50, 40));
  await untilKept(90);
  await kill();
  await sendEntries(stack, tenant, group(90, 60));
  await serve();
  await untilKept(150);
  // The same entries again: Loki and the keeper show each once.
  const again = group(500, 5);
  await sendEntries(stack, tenant, again);
  await sendEntries(stack, tenant, again);
  await untilKept(155);
  await waitForTrail(stack, tenant, 155);
  await expectSameAsLoki();
}, 120_000);

it('loses nothing while the collector has a wrong token, and names the cause', async () => {
  await kill();
  await serve({ AUDITRAIL_INTAKE_TOKEN: 'another-token' });
  await sendEntries(stack, tenant, group(600, 15));
  for (const until = Date.now() + 20_000; !output.includes('use that of --intake-token'); await sleep(50)) {
    if (Date.now() > until) throw new Error(`no refusal is logged: ${output}`);
  }
  await kill();
  await serve();
  await untilKept(170);
  await expectSameAsLoki();
}, 60_000);

const post = async (headers: Record<string, string>, body: string | Uint8Array<ArrayBuffer> = '') => {
  const sent = {
    Authorization: `Bearer ${token}`,
    'X-Scope-OrgID': tenant,
    'Content-Type': 'application/x-protobuf',
  };
  const response = await fetch(`http://127.0.0.1:${intake}/v1/logs`, {
    ...{ method: 'POST', headers: { ...sent, ...headers }, body },
  });
  const text = await response.text();
  return [response.status, response.ok ? text : (JSON.parse(text) as { code: string }).code];
};

it('has the collector send again what it sends in a wrong way', async () => {
  const refused = [503, 'INTAKE_MISCONFIGURED'];
  expect(await post({ Authorization: 'Bearer wrong' })).toEqual(refused);
  expect(await post({ Authorization: `Bearer ${secret}` })).toEqual(refused);
  expect(await post({ Authorization: '' })).toEqual(refused);
  expect(await post({ 'Content-Type': 'application/json' }, '{}')).toEqual(refused);
  expect(await post({ 'Content-Encoding': 'zstd' })).toEqual(refused);
  expect(await countAt()).toBe(170);
});

it('sets aside what cannot be decoded, once, and holds up nothing', async () => {
  const text = '{"event":"a request is set aside"}';
  const aside = [200, expect.stringContaining('set aside')];
  expect(await post({}, 'not protobuf')).toEqual(aside);
  expect(await post({}, 'not protobuf')).toEqual(aside);
  expect(await post({ 'Content-Encoding': 'gzip' }, text)).toEqual(aside);
  expect(await post({ 'X-Scope-OrgID': '../audit' }, new Uint8Array([10, 0]))).toEqual(aside);
  const files = join(folder, 'set-aside');
  const facts = readdirSync(files)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(files, name), 'utf8')) as { tenant: string; problems: string[] });
  expect(facts.map(({ tenant }) => tenant).sort()).toEqual(['../audit', tenant, tenant]);
  const bodies = readdirSync(files).filter((name) => name.endsWith('.otlp'));
  expect(bodies.map((name) => readFileSync(join(files, name), 'utf8')).sort()).toEqual(
    ['not protobuf', text, '\n\0'].sort(),
  );
  expect(output).toContain('a request is set aside');
  expect(await countAt()).toBe(170);
});

it('answers about the tenant of the token only, and nothing without the scope', async () => {
  const db = openDatabase(folder);
  const tokens = new Tokens(db);
  const expiresMs = Date.now() + 3_600_000;
  const other = tokens.create({ tenant: 'other', name: 'other', scopes: ['entries:read'], expiresMs }).secret;
  const exporter = tokens.create({ tenant, name: 'exporter', scopes: ['exports:read'], expiresMs }).secret;
  db.close();
  const mine = secret;
  for (const path of ['/v1/entries', '/v1/entries/count', '/v1/entries/volume', '/v1/entries/values']) {
    const more = path.endsWith('volume') ? { stepSeconds: 60 } : path.endsWith('values') ? { field: 'action' } : {};
    secret = exporter;
    expect(await ask(path, more)).toMatchObject({ code: 'FORBIDDEN' });
    secret = other;
    expect(JSON.stringify(await ask(path, more))).toMatch(/^\{"(?:entries|steps|values)":\[\]\}$|^\{"count":0\}$/);
  }
  secret = mine;
  const values = [`x' OR 1=1 --`, `"; DROP TABLE x; --`];
  expect(await countAt({ filters: [{ field: 'action', operator: 'is any of', values }] })).toBe(0);
  expect(await ask('/v1/entries/values', { field: 'nothing' })).toMatchObject({ code: 'BAD_REQUEST' });
});
