import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AuditEntry } from '@auditrail/core';
import { countEntries, httpLokiClient, readEntries } from '@auditrail/core/loki';
import { verifyTrail } from '@auditrail/core/verify';
import { type Filter } from '@auditrail/core/query';
import { createAuditLogger } from '@auditrail/sdk';
import { testStack, uniqueTenant } from '../../../stack/src/testing/test-stack.ts';
import { importLog, sum, type ImportOptions, type ImportReport } from './import-log.ts';
import { describeWithRealLog, REAL_LOG, realLines } from './testing.ts';

const DAY = { start: BigInt(Date.UTC(2025, 11, 10)) * 1_000_000n, end: BigInt(Date.UTC(2025, 11, 11)) * 1_000_000n };

describeWithRealLog('the import of a real sshd log', () => {
  const { urls, tokensFor } = testStack();
  const tenant = uniqueTenant('sshd');
  const spool = mkdtempSync(join(tmpdir(), 'auditrail-sshd-'));
  const loki = httpLokiClient({
    url: urls.gateway,
    tenant,
    headers: { Authorization: `Bearer ${tokensFor(tenant).read}` },
  });

  async function importOnce(options: Pick<ImportOptions, 'loki'> = {}): Promise<ImportReport> {
    const audit = createAuditLogger({
      service: 'sshd',
      endpoint: urls.collector,
      tenant,
      token: tokensFor(tenant).write,
      spool,
    });
    try {
      const report = await importLog({ file: REAL_LOG, audit, year: 2025, ...options });
      await audit.flush();
      return report;
    } finally {
      await audit.shutdown();
    }
  }

  async function stored(...filters: Filter[]): Promise<AuditEntry[]> {
    const entries: AuditEntry[] = [];
    for await (const page of readEntries(loki, { range: DAY, query: { filters } })) {
      for (const { entry, problem } of page) {
        if (!entry) throw new Error(problem);
        entries.push(entry);
      }
    }
    return entries;
  }

  async function storedCount(count: number): Promise<number> {
    const deadline = Date.now() + 20_000;
    for (;;) {
      const { length } = await stored();
      if (length >= count || Date.now() > deadline) return length;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }

  afterAll(() => rmSync(spool, { recursive: true }));

  let report: ImportReport;
  beforeAll(async () => {
    report = await importOnce();
  }, 60_000);

  it('imports or skips each line, and all entries are in Loki', async () => {
    expect(report.lines).toBe(2_000);
    expect(sum(report.entries) + sum(report.skipped)).toBe(2_000);
    expect(await storedCount(sum(report.entries))).toBe(sum(report.entries));
  }, 60_000);

  it('finds the failed passwords from one address', async () => {
    const ip = '183.62.140.253';
    const found = await stored(
      { field: 'ip', operator: 'is', values: [ip] },
      { field: 'action', operator: 'is', values: ['ssh.login'] },
      { field: 'outcome', operator: 'is', values: ['failure'] },
    );
    const lines = realLines().filter((line) => line.includes('Failed') && line.includes(` ${ip} `));
    expect(lines.length).toBeGreaterThan(100);
    expect(found.map(({ properties }) => properties?.['line']).sort()).toEqual(lines.sort());
  });

  it('adds nothing with a second import that can read', async () => {
    const { recorded, entries } = await importOnce({ loki });
    expect([recorded, sum(entries)]).toEqual([0, sum(report.entries)]);
    expect(await countEntries(loki, { range: DAY })).toBe(sum(report.entries));
  }, 60_000);

  it('has no findings', async () => {
    const lines: string[] = [];
    for await (const page of readEntries(loki, { range: DAY, everyLine: true }))
      lines.push(...page.map((one) => one.line));
    expect(await verifyTrail(lines)).toMatchObject({ ok: true, findings: [] });
  });

  it('shows entries once after a second import that cannot read', async () => {
    const before = (await stored()).map(({ id }) => id);
    await importOnce();
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect((await stored()).map(({ id }) => id)).toEqual(before);
  }, 60_000);
});
