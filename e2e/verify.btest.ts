import { execFileSync } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { verifyTrail, VerifyOptions } from '@auditrail/core/verify';
import { ed25519Pair, TestEmitter } from '../sdk/src/testing/trail.ts';
import { ROOT } from '../stack/src/paths.ts';
import { openBrowser, type TestBrowser } from './browser.ts';

// Verification in a browser, with its WebCrypto for keyed digests and signatures.
let browser: TestBrowser;
let server: Server;
let url: string;

beforeAll(async () => {
  const bundle = execFileSync(
    join(ROOT, 'node_modules/.bin/esbuild'),
    ['core/src/verify/index.ts', '--bundle', '--format=iife', '--global-name=auditrail', '--platform=browser'],
    { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
  );
  server = createServer((_, response) => {
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.end(`<!doctype html><link rel="icon" href="data:,"><script>${bundle}</script>`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  browser = await openBrowser();
}, 60_000);

afterAll(async () => {
  await browser.close();
  server.close();
});

test('has the same findings in a browser as in Node', async () => {
  const { privateKey, publicKey } = ed25519Pair();
  const secret = 'a secret of thirty-two bytes or more';
  const lines: string[] = [];
  const emitter = new TestEmitter(lines, { key: { id: 'k', secret }, signer: { id: 's', privateKey } });
  for (let i = 0; i < 500; i++) emitter.happen(i % 100 === 99 ? 'checkpoint' : 'entry');
  emitter.end();
  const other = ed25519Pair().publicKey;

  const page = await browser.newPage();
  await page.goto(url);
  const verify = (trail: string[], verifyOptions: VerifyOptions) =>
    page.evaluate(
      ([lines, options]) =>
        (window as unknown as { auditrail: { verifyTrail: typeof verifyTrail } }).auditrail.verifyTrail(lines, options),
      [trail, verifyOptions] as const,
    );
  const keys = { k: secret };
  const good = await verify(lines, { keys, publicKeys: { s: publicKey }, expectComplete: true });
  expect(good).toMatchObject({ ok: true, undecided: [], streams: [{ entries: 502, signedTo: 501, tail: 'ended' }] });

  const bad = lines.map((line, i) => (i === 250 ? line.replace('changed', 'removed') : line)).toSpliced(300, 1);
  const { findings } = await verify(bad, { keys, publicKeys: { s: publicKey } });
  expect(findings.map(({ kind, seq }) => ({ kind, seq }))).toEqual([
    { kind: 'changed', seq: 251 },
    { kind: 'missing', seq: 301 },
  ]);
  const unsigned = await verify(lines, { keys, publicKeys: { s: other } });
  expect(new Set(unsigned.findings.map(({ kind }) => kind))).toEqual(new Set(['forged']));
  expect(browser.errors()).toEqual([]);
});
