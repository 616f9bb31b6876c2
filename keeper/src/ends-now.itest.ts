import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonicalJson, msToNs } from '@auditrail/core';
import { testStack, uniqueTenant } from '@auditrail/stack';
import { sendEntries, testEntry, waitForTrail } from '@auditrail/stack/testing';

const { urls, tokensFor } = testStack();
const tenant = uniqueTenant('ends-now');
const home = mkdtempSync(join(tmpdir(), 'auditrail-ends-now-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

// Of a clock that is 15 minutes fast, and of one that is just within the limit.
const fast = Array.from({ length: 22 }, (_, i) => testEntry({}, { msAgo: (i === 0 ? -19 : -15) * 60_000 }));

function run(command: string, ...more: string[]) {
  const node = ['--conditions=@auditrail/source', '--disable-warning=ExperimentalWarning', join(__dirname, 'cli.ts')];
  const args = [
    ...node,
    command,
    '--url',
    urls.gateway,
    '--token',
    tokensFor(tenant).read,
    '--tenant',
    tenant,
    ...more,
  ];
  return spawnSync(process.execPath, args, { encoding: 'utf8', env: { PATH: process.env['PATH'], HOME: home } });
}

beforeAll(async () => {
  await sendEntries({ urls, tokensFor }, tenant, fast);
  const lines = await waitForTrail({ urls, tokensFor }, tenant, fast.length);
  expect(lines.every(({ ns }) => ns > msToNs(Date.now()))).toBe(true);
});

it('includes today in a range that ends with its date, and reports the range', () => {
  const [today, tomorrow] = [0, 1].map((days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10));
  const { stdout, status } = run('verify', '--from', '7d', '--to', today ?? '');
  expect(stdout).toMatch(new RegExp(`^range .* to ${tomorrow}T00:00:00Z \\(end excluded\\)\n`));
  const exported = run('export', '--from', '7d', '--to', tomorrow ?? '', '--out', '-', '--no-entry');
  expect([exported.stdout.trim().split('\n').length, exported.stderr]).toEqual([
    fast.length,
    expect.stringMatching(/range .* \(end excluded\)/),
  ]);
  // These entries have no chain: nothing could be verified.
  expect(status).toBe(2);
});

it('exports entries of a fast clock in a range that ends now', () => {
  const { stdout, stderr } = run('export', '--from', '1h', '--to', 'now', '--out', '-', '--no-entry');
  expect([stdout.trim().split('\n').sort(), stderr]).toEqual([fast.map(canonicalJson).sort(), expect.any(String)]);
});

it('verifies them too', () => {
  const { stdout, stderr } = run('verify', '--from', '1h', '--to', 'now');
  expect(stdout + stderr).toContain('22');
});
