import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parseEntry } from '@auditrail/core';
import { verifyTrail } from '@auditrail/core/verify';
import { createAuditLogger, type AuditLogger } from '@auditrail/sdk';
import { testStack, uniqueTenant } from '../../stack/src/testing/test-stack.ts';
import { waitForTrail } from '../../stack/src/testing/index.ts';

const stack = testStack();
const MAX_BODY_BYTES = 3_000;

let folder: string;
let tenant: string;
let audit: AuditLogger;
let server: Server;
let proxyUrl: string;
/** Entries that the proxy refuses. */
let refuses: RegExp;
/** The number of requests that it passes before it hangs. */
let letsThrough: number;
let hung: () => void;
/** Ids of the entries that reached the collector, in order, with repetitions. */
let passed: string[];

const idsIn = (body: string) =>
  [...body.matchAll(/"audit\.record\.id","value":\{"stringValue":"([^"]+)"/g)].map(([, id]) => id ?? '');

// In front of the real collector: refuses large requests and certain words, as a strict proxy does.
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'auditrail-dead-letters-'));
  tenant = uniqueTenant('dead-letters');
  refuses = /poison/;
  letsThrough = Infinity;
  passed = [];
  server = createServer((incoming, response) => {
    if (incoming.method !== 'POST') return void response.writeHead(403).end();
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const body = Buffer.concat(chunks);
      const plain = gunzipSync(body).toString();
      if (plain.length > MAX_BODY_BYTES) return void response.writeHead(413).end();
      const word = refuses.exec(plain)?.[0];
      if (word !== undefined) {
        response.writeHead(400, { 'content-type': 'application/json' });
        return void response.end(JSON.stringify({ code: 3, message: `no ${word}` }));
      }
      if (letsThrough === 0) return void hung();
      letsThrough -= 1;
      const options = { method: 'POST', headers: incoming.headers };
      const onward = httpRequest(`${stack.urls.collector}${incoming.url}`, options, (answer) => {
        if (answer.statusCode === 200) passed.push(...idsIn(plain));
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      onward.on('error', () => response.writeHead(502).end());
      onward.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  proxyUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  audit = createAuditLogger({
    ...{
      service: 'letters',
      spool: folder,
      tenant,
      endpoint: proxyUrl,
      token: stack.tokensFor(tenant).write,
      maxBackoffMs: 50,
    },
    log: { warn: () => undefined, error: () => undefined },
  });
});

afterEach(async () => {
  await audit.shutdown();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

function start(...args: string[]) {
  const node = ['--conditions=@auditrail/source', '--disable-warning=ExperimentalWarning', join(__dirname, 'cli.ts')];
  const env = {
    ...process.env,
    NODE_OPTIONS: '',
    AUDITRAIL_WRITE_TOKEN: stack.tokensFor(tenant).write,
    AUDITRAIL_TENANT: tenant,
  };
  const child = spawn(process.execPath, [...node, 'dead-letters', ...args], { env });
  let out = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const ended = new Promise<{ code: number | string | null; out: string; errors: string }>((resolve) =>
    child.once('close', (code, signal) => resolve({ code: signal ?? code, out, errors })),
  );
  return { child, ended };
}
const auditrail = (...args: string[]) => start(...args).ended;
const resend = (endpoint = proxyUrl) => auditrail('resend', folder, '--endpoint', endpoint, '--patience', '3s');

async function letters(): Promise<{ reason: string; line: string }[]> {
  const { out } = await auditrail('list', folder, '--json');
  return out
    .split('\n')
    .filter(Boolean)
    .map((text) => JSON.parse(text) as { reason: string; line: string });
}

async function record(descriptions: string[]): Promise<string[]> {
  const entries = descriptions.map((description) => ({
    action: 'order.placed',
    description,
    actor: { type: 'user' as const, id: '7' },
  }));
  const receipts = await Promise.all(entries.map((entry) => audit.record(entry)));
  await audit.flush({ timeoutMs: 25_000 });
  return receipts.map(({ id }) => id);
}

const idOf = ({ line }: { line: string }) => parseEntry(line).id;

test('refused entries are listed, and after a resend the trail is complete, while the application runs', async () => {
  expect(await auditrail('list', folder)).toMatchObject({ code: 0, out: '0 dead letters\n' });
  const ids = await record(['a', 'poison 1 \u2028', 'b', 'poison 2', 'c']);
  const listed = await auditrail('list', folder);
  expect(listed).toMatchObject({ code: 1, errors: '' });
  expect(listed.out).toContain(`${ids[1]}  `);
  expect(listed.out).toContain('HTTP 400: no poison');
  expect(listed.out).toContain('2 dead letters');
  const found = await letters();
  expect(found.map(idOf)).toEqual([ids[1], ids[3]]);

  refuses = /venom/;
  expect(await resend()).toMatchObject({ code: 0, out: '2 accepted, 0 refused again\n' });
  await record(['d']);
  await audit.shutdown();
  // Including the chain's start and end.
  const trail = await waitForTrail(stack, tenant, 8);
  expect(trail.map(({ line }) => line)).toEqual(expect.arrayContaining(found.map(({ line }) => line)));
  expect(await verifyTrail(trail.toReversed(), { expectComplete: true })).toMatchObject({
    ok: true,
    lines: 8,
    findings: [],
  });

  expect(await auditrail('list', folder)).toMatchObject({ code: 0 });
  expect(await resend()).toMatchObject({ code: 0, out: '0 accepted, 0 refused again\n' });
  expect(new Set(passed).size).toBe(passed.length);
});

test('an entry that is refused again stays, with the new reason', async () => {
  const ids = await record(['poison', 'poison and venom']);
  refuses = /venom/;
  expect(await resend()).toMatchObject({ code: 1, out: '1 accepted, 1 refused again\n' });
  const left = await letters();
  expect(left.map(idOf)).toEqual([ids[1]]);
  expect(left[0]?.reason).toContain('no venom');
  expect((await letters()).map(({ line }) => parseEntry(line).description)).toEqual(['poison and venom']);
});

test('if it is killed, it loses nothing, and the next run sends only the rest', async () => {
  const wanted = Array.from({ length: 12 }, (_, i) => (i === 2 ? 'poison and venom' : `poison ${i}`));
  const ids = await record(wanted);
  refuses = /venom/;
  letsThrough = 3;
  passed = [];
  const hangs = new Promise<void>((resolve) => (hung = resolve));
  const first = start('resend', folder, '--endpoint', proxyUrl);
  await hangs;
  first.child.kill('SIGKILL');
  expect(await first.ended).toMatchObject({ code: 'SIGKILL' });
  const before = [...passed];
  expect(before.length).toBeGreaterThan(2);
  expect(before.length).toBeLessThan(11);
  // Unsent letters are listed as before, accepted ones are not.
  expect((await letters()).map(idOf).sort()).toEqual(ids.filter((id) => !before.includes(id)).sort());

  letsThrough = Infinity;
  expect(await resend()).toMatchObject({ code: 1 });
  expect(passed.sort()).toEqual(ids.filter((_, i) => i !== 2).sort());
  expect((await letters()).map(idOf)).toContain(ids[2]);
});

test('without an answer, or with a wrong token, nothing is removed; two runs exclude each other', async () => {
  const ids = await record(['poison 1', 'poison 2']);
  const noAnswer = await auditrail('resend', folder, '--endpoint', 'http://127.0.0.1:9', '--patience', '1s');
  expect(noAnswer).toMatchObject({ code: 2, out: expect.stringContaining('did not answer') });
  const strange = await auditrail(
    ...['resend', folder, '--endpoint', stack.urls.collector, '--write-token', 'wrong', '--patience', '1s'],
  );
  expect(strange).toMatchObject({ code: 2, errors: expect.stringContaining('HTTP 401') });
  expect((await letters()).map(idOf)).toEqual(ids);

  refuses = /venom/;
  letsThrough = 0;
  const hangs = new Promise<void>((resolve) => (hung = resolve));
  const first = start('resend', folder, '--endpoint', proxyUrl);
  await hangs;
  expect(await resend()).toMatchObject({ code: 2, errors: expect.stringContaining('another run') });
  first.child.kill('SIGKILL');
  await once(first.child, 'close');
  letsThrough = Infinity;
  expect(await resend()).toMatchObject({ code: 0, out: '2 accepted, 0 refused again\n' });
});

test('a folder that is not a spool, and a missing address', async () => {
  const empty = mkdtempSync(join(folder, 'x'));
  for (const args of [
    ['list', empty],
    ['list', join(empty, 'none')],
    ['resend', empty, '--endpoint', proxyUrl],
  ]) {
    expect(await auditrail(...args)).toMatchObject({ code: 2, out: '' });
  }
  expect(await auditrail('resend', folder)).toMatchObject({ code: 2, errors: expect.stringContaining('--endpoint') });
  expect(readdirSync(empty)).toEqual([]);
});

test('a letter that a crash damaged is a letter, too, and stays one', async () => {
  const [id] = await record(['poison']);
  const file = join(folder, '0', 'dead-letters.ndjson');
  const whole = readFileSync(file, 'utf8');
  appendFileSync(file, whole.slice(0, 40));
  refuses = /venom/;
  expect(await resend()).toMatchObject({ code: 1, out: '1 accepted, 1 refused again\n' });
  expect(await resend()).toMatchObject({ code: 1, out: '0 accepted, 1 refused again\n' });
  expect((await letters()).map(({ line }) => line)).toEqual([whole.slice(0, 40)]);
  expect(passed).toContain(id);
});
