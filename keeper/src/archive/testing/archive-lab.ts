import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonicalJson, completeEntry, formatTime, lokiName, toAttributes, type AuditEntry } from '@auditrail/core';
import type { StoredRecord } from '../../days/columns.ts';
import { Days } from '../../days/days.ts';
import { loadSigner } from '../../export/index.ts';
import { openDatabase } from '../../serve/database.ts';
import { Archiver, type ArchiverOptions } from '../archiver.ts';
import { folderArchive } from '../archive-store.ts';

export const DAY_MS = 86_400_000;
/** The first day of these tests. */
export const FIRST_MS = Date.UTC(2026, 9, 1);

/** An emitter whose entries are chained. */
export function emitter(stream: string) {
  let seq = 0;
  let prev: string | null = null;
  return (atMs: number, input: Partial<AuditEntry> = {}): StoredRecord => {
    seq++;
    const ns = BigInt(atMs) * 1_000_000n + BigInt(seq);
    const entry = completeEntry(
      {
        ...{ action: 'user.login', description: `entry ${seq} of ${stream}: “ä” \\ "x"` },
        ...{
          actor: { type: 'user', id: `u${seq % 7}`, email: `User${seq % 7}@example.com` },
          source: { ip: '10.0.0.7' },
        },
        ...input,
      },
      {
        id: `019a8f3e-7a10-7000-8000-${createHash('md5').update(`${stream}${seq}`).digest('hex').slice(0, 12)}`,
        ...{ time: formatTime(ns), service: 'shop', chain: { stream, seq, prev } },
      },
    );
    const line = canonicalJson(entry);
    prev = createHash('sha256').update(line).digest('hex');
    return { ns, arrivalNs: ns + 5_000_000n, line, metadata: metadataOf(entry) };
  };
}

function metadataOf(entry: AuditEntry): Map<string, string> {
  const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
  const attributes = Object.entries(toAttributes(entry)).map(([key, value]): [string, string] => [
    lokiName(key),
    text(value),
  ]);
  return new Map([...attributes, ['service_name', entry.service]]);
}

/** A keeper's days with an archive in a folder, and a clock that tests set. */
export async function archiveLab(options: Partial<ArchiverOptions> & { flushRows?: number } = {}) {
  const root = mkdtempSync(join(tmpdir(), 'auditrail-archive-'));
  const keeper = join(root, 'keeper');
  const logged: { level: string; event: string; details: Record<string, unknown> }[] = [];
  const db = openDatabase(keeper);
  const log = (level: string, event: string, details = {}) => void logged.push({ level, event, details });
  const now = () => lab.nowMs;
  const { flushRows = 1_000, ...archiving } = options;
  const days = await Days.open({
    ...{ db, folder: join(keeper, 'days'), log, now, flushRows },
    ...{ closeAfterMs: 3_600_000, settleMs: 0, everyMs: 3_600_000 },
  });
  const { signer } = loadSigner(join(keeper, 'manifest-key.pem'));
  const archiver = (more: Partial<ArchiverOptions> = {}) =>
    new Archiver({
      ...{ db, days, folder: join(keeper, 'archive-work'), log, now, signer, store: folderArchive(lab.archive) },
      ...{ againAfterMs: 0, ...archiving, ...more },
    });
  const lab = {
    ...{ root, db, days, signer, logged, archiver, keeper, archive: join(root, 'archive') },
    nowMs: FIRST_MS,
    publicKey: `keeper=${join(keeper, 'manifest-key.pem.pub')}`,
    /** Adds records, and closes the days before the clock. */
    async add(tenant: string, records: readonly StoredRecord[]): Promise<void> {
      await days.add(tenant, records);
      await days.maintain({ everything: true });
      await days.maintain();
    },
    files: (tenant: string, day: string) => readdirSync(join(lab.archive, `tenant=${tenant}`, `day=${day}`)).sort(),
    path: (tenant: string, day: string, name: string) => join(lab.archive, `tenant=${tenant}`, `day=${day}`, name),
    errors: () => logged.filter(({ level }) => level !== 'info'),
    async close(): Promise<void> {
      await days.close();
      db.close();
      lab.remove();
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
  return lab;
}
