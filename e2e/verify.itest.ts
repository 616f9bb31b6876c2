import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AuditEntryInput } from '@auditrail/core';
import type { TrailLine } from '@auditrail/core/loki';
import { verifyTrail } from '@auditrail/core/verify';
import { ROOT, testStack, uniqueTenant } from '@auditrail/stack';
import { readTrail, waitForTrail } from '@auditrail/stack/testing';
import { recordEntries } from './record-entries.ts';

// A trail of the SDK in Loki is verified by core and by the command.
const stack = testStack();
const tenant = uniqueTenant('verify');
let trail: TrailLine[];

async function recordPayments(count: number): Promise<void> {
  const payments = Array.from({ length: count }, (_, i): AuditEntryInput => ({
    action: 'invoice.paid',
    description: `Paid ${i}`,
    actor: { type: 'user', id: '42', name: 'Ada Löwe' },
  }));
  await recordEntries(stack, tenant, payments, { service: 'verified' });
}

beforeAll(async () => {
  await recordPayments(300);
  await recordPayments(200);
  trail = await waitForTrail(stack, tenant, 500);
  // Waits until there are no more entries: the emitters add starts and ends of chains.
  for (let before = 0; before < trail.length; trail = await readTrail(stack, tenant)) {
    before = trail.length;
    await sleep(500);
  }
});

// Runs `verify` of the command.
function verify(args: string[], input = '') {
  const cli = join(ROOT, 'keeper/src/cli.ts');
  return spawnSync(process.execPath, ['--conditions=@auditrail/source', cli, 'verify', ...args], {
    ...{ input, encoding: 'utf8' },
    env: { ...process.env, NODE_OPTIONS: '' },
  });
}

/** The arguments for a tenant's entries of the last hour, read through the gateway. */
function throughGateway(tenant: string): string[] {
  const { urls, tokensFor } = stack;
  const token = tokensFor(tenant).read;
  return ['--url', urls.gateway, '--token', token, '--tenant', tenant, '--from', '1h', '--to', '0'];
}

it('an intact trail has no findings', async () => {
  const report = await verifyTrail(trail);
  expect(report.findings).toEqual([]);
  expect(report).toMatchObject({ ok: true, lines: trail.length });
  expect(report.streams).toHaveLength(2);
  for (const { head } of report.streams) expect(head).toBe('start');
});

it('the command reports an intact trail, from the gateway and from a file, with exit code 0', () => {
  const live = verify(throughGateway(tenant));
  expect(live.stdout).toContain(`OK: ${trail.length} lines, 2 streams, no problems found`);
  expect(live.status).toBe(0);
  const text = trail.map(({ line }) => line).join('\n');
  expect(verify(['--file', '-'], text).status).toBe(0);
});

it.each<[string, (lines: TrailLine[]) => (TrailLine | string)[]]>([
  ['changed', (lines) => lines.map((line, i) => (i === 250 ? line.line.replace('Paid', 'Owed') : line.line))],
  ['missing', (lines) => lines.toSpliced(250, 1)],
  ['duplicated', (lines) => [...lines, ...lines.slice(250, 251)]],
  ['forked', (lines) => lines.flatMap((line, i) => (i === 250 ? [line, line.line.replace('Paid', 'Owed')] : [line]))],
  ['reordered', (lines) => lines.with(250, lines[251] as TrailLine).with(251, lines[250] as TrailLine)],
])('a tampered copy has exactly one finding: %s', async (kind, tamper) => {
  const { findings } = await verifyTrail(tamper(trail));
  expect(findings.map((finding) => finding.kind)).toEqual([kind]);
  expect([findings[0]?.seq, findings[0]?.toSeq]).toContain(trail[250]?.entry?.chain?.seq);
});

it('verifies a log that was imported twice, as two chains', async () => {
  const twice = uniqueTenant('verify-twice');
  const start = Date.now() - 60_000;
  const entries = Array.from({ length: 40 }, (_, i): AuditEntryInput => ({
    id: `019a8f3e-7a10-7000-8000-${String(i).padStart(12, '0')}`,
    time: new Date(start + i * 1_000).toISOString(),
    action: 'user.login',
    description: `Signed in ${i}`,
    actor: { type: 'user', id: '42' },
  }));
  for (let run = 0; run < 2; run++) await recordEntries(stack, twice, entries, { service: 'importer' });
  // 40 entries, each shown once, and two starts and two ends.
  await waitForTrail(stack, twice, 44);
  const { stdout } = verify([...throughGateway(twice), '--complete']);
  expect(stdout).toContain('OK: 84 lines, 2 streams, no problems found');
});
