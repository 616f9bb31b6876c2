import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonicalJson, completeEntry, lokiName, parseTime, toAttributes, type AuditEntryInput } from '@auditrail/core';
import { detectionRules, parseSettings } from '@auditrail/core/detections';
import type { StoredRecord } from '../../days/columns.ts';
import { Days } from '../../days/days.ts';
import { openDatabase } from '../../serve/database.ts';
import { LateWatch } from '../late-watch.ts';
import { idOf, type OwnEntry } from '../finding.ts';
import { ANALYSER_DEFAULTS, type AnalyserSettings } from '../settings.ts';
import { AnalyserStore } from '../store.ts';
import { TenantAnalyser } from '../tenant-analyser.ts';

const TENANT = 'audit';
/** A Monday at noon (UTC). */
export const NOW_MS = Date.UTC(2026, 10, 23, 12);

let numbers = 0;

/** A record as the collector sends it, of an entry at a time in milliseconds. */
export function recordAt(ms: number, input: Partial<AuditEntryInput>, arrivalMs = ms): StoredRecord {
  const n = numbers++;
  const time = new Date(ms).toISOString().replace('Z', `${String(n % 1_000_000).padStart(6, '0')}Z`);
  const fields: AuditEntryInput = {
    ...{ action: 'user.login', channel: 'auth', description: `entry ${n}`, actor: { type: 'user', id: 'u1' } },
    ...input,
  };
  const entry = completeEntry(fields, { id: idOf(String(n), ms), time, service: 'shop' });
  const metadata = new Map(
    Object.entries(toAttributes(entry)).map(([key, value]) => [
      lokiName(key),
      Array.isArray(value) ? JSON.stringify(value) : String(value),
    ]),
  );
  const ns = parseTime(time) ?? 0n;
  return { ns, arrivalNs: BigInt(arrivalMs) * 1_000_000n, line: canonicalJson(entry), metadata };
}

interface Parts {
  db: ReturnType<typeof openDatabase>;
  days: Days;
  analyser: TenantAnalyser;
}

/** Real days and a real analyser in a folder; what it writes is in `written`. Unless `isStarted`, the analyser never ran. */
export async function analyserLab(settings: Partial<AnalyserSettings> = {}, { isStarted = true } = {}) {
  const root = mkdtempSync(join(tmpdir(), 'auditrail-analyser-'));
  let folder = join(root, '0');
  let generation = 0;
  const open = async (): Promise<Parts> => {
    const db = openDatabase(folder);
    const later: { late?: LateWatch } = {};
    const days = await Days.open({
      onAdded: (_, copies) => later.late?.noteCopies(copies),
      ...{ db, folder: join(folder, 'days'), log: () => undefined, now: () => lab.nowMs },
      ...{ flushRows: 400, closeAfterMs: 3_600_000, settleMs: 60_000, everyMs: 3_600_000 },
    });
    const all = { ...ANALYSER_DEFAULTS, ...settings };
    const common = { days, tenant: TENANT, now: () => lab.nowMs, settings: all };
    const rules = detectionRules(parseSettings({}));
    later.late = new LateWatch({ ...common, db, rules, log: () => undefined });
    const analyser = new TenantAnalyser({
      ...{ ...common, store: new AnalyserStore(db, TENANT) },
      late: later.late,
      log: (_, event, details) => void lab.logged.push({ event, ...details }),
      reseedEntries: lab.reseedEntries,
      record: (entry) => {
        if (!lab.isRecorderUp) return Promise.reject(new Error('SPOOL_UNAVAILABLE'));
        lab.written.push(entry);
        return Promise.resolve();
      },
    });
    return { db, days, analyser };
  };
  const lab = {
    nowMs: NOW_MS,
    isRecorderUp: true,
    reseedEntries: 500_000,
    written: [] as OwnEntry[],
    logged: [] as { event: string; [detail: string]: unknown }[],
    parts: undefined as unknown as Parts,
    add: (...records: StoredRecord[]) => lab.parts.days.add(TENANT, records),
    async run(): Promise<void> {
      await lab.parts.analyser.run(new AbortController().signal);
    },
    /** What was written since the last call: actions with the account. */
    async findings(): Promise<string[]> {
      await lab.run();
      return lab.written.splice(0).map(({ action, target }) => `${action} ${target?.name ?? target?.id ?? ''}`);
    },
    /** Starts again in a copy of what is on disk. */
    async kill(): Promise<void> {
      const old = lab.parts;
      const next = join(root, String(++generation));
      cpSync(folder, next, { recursive: true });
      folder = next;
      lab.parts = await open();
      await old.days.close();
      old.db.close();
    },
    async close(): Promise<void> {
      await lab.parts.days.close();
      lab.parts.db.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
  lab.parts = await open();
  if (isStarted) {
    // Later entries are judged.
    await lab.parts.days.add(TENANT, [recordAt(NOW_MS - 86_400_000 * 70, { actor: { type: 'system' } })]);
    await lab.run();
  }
  return lab;
}
