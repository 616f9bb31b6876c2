import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { httpLokiClient, readEntries } from '@auditrail/core/loki';
import { testStack, uniqueTenant } from '@auditrail/stack';
import { sendEntries, testEntry, waitForTrail } from '@auditrail/stack/testing';
import { openDatabase } from '../serve/database.ts';
import { stderrLog } from '../serve/log.ts';
import { acquireSingleInstanceLock } from '../serve/single-instance-lock.ts';
import { Days } from './days.ts';

const stack = testStack();
const { urls, tokensFor } = stack;
const tenant = uniqueTenant('rebuild');
const folder = mkdtempSync(join(tmpdir(), 'auditrail-rebuild-'));
const COUNT = 60;
const now = Date.now();
const range = { start: BigInt(now - 3 * 86_400_000) * 1_000_000n, end: BigInt(now + 60_000) * 1_000_000n };
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const rebuild = () =>
  promisify(execFile)(process.execPath, [
    ...['--conditions=@auditrail/source', '--disable-warning=ExperimentalWarning', join(__dirname, '../cli.ts')],
    ...['rebuild', '--folder', folder, '--url', urls.gateway, '--token', tokensFor(tenant).read, '--tenant', tenant],
    ...['--from', '3d'],
  ]);

it("rebuilds the keeper's entries from Loki, each once, with what filters need", async () => {
  const entries = Array.from({ length: COUNT }, (_, i) => ({
    ...testEntry({ description: `number ${i}`, scope: { project: `p${i % 3}` } }),
    time: new Date(now - i * 3_600_000).toISOString(),
  }));
  await sendEntries(stack, tenant, entries);
  await waitForTrail(stack, tenant, COUNT, { range });

  const first = await rebuild();
  expect(first.stdout).toContain(`${COUNT} entries read from Loki, ${COUNT} of them added`);
  const second = await rebuild();
  expect(second.stdout).toContain(`${COUNT} entries read from Loki, 0 of them added`);

  const db = openDatabase(folder);
  const days = await Days.open({ db, folder: join(folder, 'days'), log: stderrLog });
  try {
    const reader = await days.reader(tenant);
    const kept = await reader.rows({ range, limit: 1_000 });
    const loki = httpLokiClient({
      ...{ url: urls.gateway, tenant, headers: { Authorization: `Bearer ${tokensFor(tenant).read}` } },
    });
    const inLoki: string[] = [];
    for await (const page of readEntries(loki, { range })) inLoki.push(...page.map(({ line }) => line));
    expect(kept.map(({ line }) => line)).toEqual(inLoki);
    const filters = [{ field: 'scope.project' as const, operator: 'is' as const, values: ['p1'] }];
    expect(await reader.count({ range, query: { filters } })).toBe(COUNT / 3);
  } finally {
    await days.close();
    db.close();
  }
});

it('refuses to run beside a keeper that serves the same folder, and says so', async () => {
  const release = acquireSingleInstanceLock(folder);
  await expect(rebuild()).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('stop it') });
  release();
});
