import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuditLogger, type AuditEntryInput, type AuditLoggerOptions } from '@auditrail/sdk';
import type { TestStack } from '@auditrail/stack';

/** Records entries as an application does, and returns when the collector has accepted them. */
export async function recordEntries(
  { urls, tokensFor }: Pick<TestStack, 'urls' | 'tokensFor'>,
  tenant: string,
  entries: AuditEntryInput[],
  options: Pick<AuditLoggerOptions, 'service' | 'integrity'>,
): Promise<void> {
  const spool = await mkdtemp(join(tmpdir(), 'auditrail-e2e-'));
  const audit = createAuditLogger({
    tenant,
    endpoint: urls.collector,
    token: tokensFor(tenant).write,
    spool,
    ...options,
  });
  try {
    await Promise.all(entries.map((entry) => audit.record(entry)));
    await audit.flush();
  } finally {
    await audit.shutdown();
    await rm(spool, { recursive: true, force: true });
  }
}
