import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type TrailLine } from '@auditrail/core/loki';
import { verifyTrail } from '@auditrail/core/verify';
import { createAuditLogger } from '@auditrail/sdk';
import { ROOT, testStack, uniqueTenant } from '@auditrail/stack';
import { readTrail, waitForTrail } from '@auditrail/stack/testing';

// A trail of the SDK in Loki is verified by core and by the command.
const stack = testStack();
const tenant = uniqueTenant('verify');
const folder = mkdtempSync(join(tmpdir(), 'verify-'));
let trail: TrailLine[];

async function record(count: number): Promise<void> {
  const audit = createAuditLogger({
    service: 'verified',
    spool: join(folder, 'spool'),
    tenant,
    endpoint: stack.urls.collector,
    token: stack.tokensFor(tenant).write,
  });
  const actor = { type: 'user', id: '42', name: 'Ada Löwe' } as const;
  const entries = Array.from({ length: count }, (_, i) => ({
    action: 'invoice.paid',
    description: `Paid ${i}`,
    actor,
  }));
  await Promise.all(entries.map((entry) => audit.record(entry)));
  await audit.flush();
  await audit.shutdown();
}

beforeAll(async () => {
  await record(300);
  await record(200);
  trail = await waitForTrail(stack, tenant, 500);
  // Waits until there are no more entries: the emitters add starts and ends of chains.
  for (let before = 0; before < trail.length; trail = await readTrail(stack, tenant)) {
    before = trail.length;
    await sleep(500);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function command(...args: string[]) {
  const { urls, tokensFor } = stack;
  const cli = join(ROOT, 'keeper/src/cli.ts');
  const at = [
    '--url',
    urls.gateway,
    '--token',
    tokensFor(tenant).read,
    '--tenant',
    tenant,
    '--from',
    '1h',
    '--to',
    '0',
  ];
  return spawnSync(process.execPath, ['--conditions=@auditrail/source', cli, 'verify', ...(args.length ? args : at)], {
    encoding: 'utf8',
    input: args.length ? trail.map(({ line }) => line).join('\n') : '',
    env: { ...process.env, NODE_OPTIONS: '' },
  });
}

it('an intact trail has no findings', async () => {
  const report = await verifyTrail(trail);
  expect(report.findings).toEqual([]);
  expect(report).toMatchObject({ ok: true, lines: trail.length });
  expect(report.streams).toHaveLength(2);
  for (const { head } of report.streams) expect(head).toBe('start');
});

it('the command reports an intact trail, from the gateway and from a file, with exit code 0', () => {
  const live = command();
  expect(live.stdout).toContain(`OK: ${trail.length} lines, 2 streams, nothing wrong was found`);
  expect(live.status).toBe(0);
  expect(command('--file', '-').status).toBe(0);
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
  const { urls } = stack;
  const tokens = stack.tokensFor(twice);
  const start = Date.now() - 60_000;
  for (const run of [1, 2]) {
    const audit = createAuditLogger({
      ...{ service: 'importer', spool: join(folder, `import-${run}`), tenant: twice },
      ...{ endpoint: urls.collector, token: tokens.write },
    });
    for (let i = 0; i < 40; i++) {
      const id = `019a8f3e-7a10-7000-8000-${String(i).padStart(12, '0')}`;
      const time = new Date(start + i * 1_000).toISOString();
      const actor = { type: 'user', id: '42' } as const;
      await audit.record({ id, time, action: 'user.login', description: `Signed in ${i}`, actor });
    }
    await audit.flush();
    await audit.shutdown();
  }
  // 40 entries, each shown once, and two starts and two ends.
  await waitForTrail(stack, twice, 44);
  const cli = join(ROOT, 'keeper/src/cli.ts');
  const at = ['--url', urls.gateway, '--token', tokens.read, '--tenant', twice, '--from', '1h', '--to', '0'];
  const { stdout } = spawnSync(
    process.execPath,
    ['--conditions=@auditrail/source', cli, 'verify', ...at, '--complete'],
    {
      encoding: 'utf8',
    },
  );
  expect(stdout).toContain('OK: 84 lines, 2 streams, nothing wrong was found');
});
