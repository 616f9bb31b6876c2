import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { testStack, uniqueTenant } from '@auditrail/stack';
import { sendEntries, testEntry, waitForTrail } from '@auditrail/stack/testing';
import { findProgram, installDebianPackage, mayInstall } from '../../../stack/src/install/debian.ts';

// The receiver is syslog-ng, by RFC 5425: TLS and octet counting.
const PACKAGE = 'syslog-ng-core';
const PORT = 26_514;
const canRun = findProgram('syslog-ng') !== undefined || mayInstall();
const withReceiver = canRun ? it : it.skip;

const stack = testStack();
const tenant = uniqueTenant('syslog');
const { read } = stack.tokensFor(tenant);
const folder = mkdtempSync(join(tmpdir(), 'auditrail-syslog-itest-'));
const [cert, key, out] = ['cert.pem', 'key.pem', 'out'].map((name) => join(folder, name)) as [string, string, string];
// Longer than the 1 KiB that logger sends, and than RFC 5425's 8 KiB.
const entries = Array.from({ length: 200 }, (_, i) =>
  testEntry({ description: `é ${i} | = \\ ${'x'.repeat(i * 60)}` }),
);
let receiver: ChildProcess | undefined;

beforeAll(async () => {
  if (!canRun) return;
  if (!findProgram('syslog-ng')) await installDebianPackage(PACKAGE);
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject];
  execFileSync('openssl', [...request, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  const config = join(folder, 'syslog-ng.conf');
  const tls = `tls(key-file("${key}") cert-file("${cert}") peer-verify(optional-untrusted))`;
  writeFileSync(
    config,
    `@version: 3.38
options { log-msg-size(1000000); keep-hostname(yes); };
source s { syslog(transport("tls") ip("127.0.0.1") port(${PORT}) ${tls}); };
destination d { file("${out}" template("$FACILITY $LEVEL $PROGRAM $UNIXTIME $MSG\\n")); };
log { source(s); destination(d); };
`,
  );
  const state = ['persist', 'control', 'pid'].map((name) => join(folder, name));
  const paths = ['--persist-file', `${state[0]}`, '--control', `${state[1]}`, '--pidfile', `${state[2]}`];
  receiver = spawn('syslog-ng', ['--foreground', '--no-caps', '--cfgfile', config, ...paths], { stdio: 'ignore' });
  await sendEntries(stack, tenant, entries);
  await waitForTrail(stack, tenant, entries.length);
}, 600_000);
afterAll(async () => {
  if (receiver && receiver.exitCode === null) {
    receiver.kill();
    await once(receiver, 'exit');
  }
  rmSync(folder, { recursive: true, force: true });
});

withReceiver('sends whole CEF events to a SIEM over TLS', async () => {
  const cli = join(__dirname, '../cli.ts');
  const node = ['--conditions=@auditrail/source', '--disable-warning=ExperimentalWarning', cli, 'export'];
  const from = ['--url', stack.urls.gateway, '--token', read, '--tenant', tenant, '--from', '1h', '--to', 'now'];
  const to = ['--syslog', `tls://localhost:${PORT}`, '--syslog-ca', cert, '--no-entry'];
  const env = { PATH: process.env['PATH'], HOME: folder };
  const { status, stderr } = spawnSync(process.execPath, [...node, ...from, ...to], { encoding: 'utf8', env });
  expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining('200 entries sent to localhost') });
  let received: string[] = [];
  for (
    const deadline = Date.now() + 20_000;
    received.length < entries.length && Date.now() < deadline;
    await sleep(200)
  ) {
    received = existsSync(out) ? readFileSync(out, 'utf8').split('\n').slice(0, -1) : [];
  }
  expect(received).toHaveLength(entries.length);
  const ids = received.map((line) => / externalId=(\S+)/.exec(line)?.[1]);
  expect(ids.sort()).toEqual(entries.map(({ id }) => id).sort());
  for (const line of received) expect(line).toMatch(/^\S+ notice auditrail \d+(\.\d+)? CEF:0\|Auditrail\|/);
});
