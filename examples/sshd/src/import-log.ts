import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { AuditEntryInput, AuditLogger } from '@auditrail/sdk';
import { parseLine } from './line.ts';
import { SshdParser } from './parser.ts';
import { yearOfLog, type WallTime } from './timestamps.ts';
import type { Zone } from './zone.ts';

export interface ImportOptions {
  file: string;
  audit: Pick<AuditLogger, 'record'>;
  /** The year of the first line, if lines have no year. Default: the latest for which the whole log is in the past. */
  year?: number;
  /** The time zone, if lines have none: `Europe/Berlin`, `+02:00`. Default: UTC. */
  zone?: Zone;
  /** Called from time to time with the number of processed lines. */
  onProgress?: (lines: number) => void;
}

/** Each line is counted in `entries` or in `skipped`. */
export interface ImportReport {
  lines: number;
  /** Number of entries by action. */
  entries: Map<string, number>;
  /** Number of entries with an unknown message, which is kept unchanged. */
  unrecognized: number;
  /** Number of skipped lines by reason. */
  skipped: Map<string, number>;
}

// Enough entries to share each disk sync, and few enough to hold in memory.
const CONCURRENCY = 256;

const add = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);

const linesOf = (file: string) => createInterface({ input: createReadStream(file), crlfDelay: Infinity });

// Syslog lines have no year, and only a read of the whole log shows whether it spans the end of a year. One line per day is
// enough.
async function findYear(file: string, zone: Zone | undefined): Promise<number | undefined> {
  const days: WallTime[] = [];
  for await (const line of linesOf(file)) {
    const time = parseLine(line.replace(/\r$/, ''))?.time;
    if (!time || 'ns' in time || time.year !== undefined) continue;
    const last = days.at(-1);
    if (last?.month !== time.month || last.day !== time.day) days.push(time);
  }
  return yearOfLog(days, new Date(), zone);
}

export const sum = (counts: Map<string, number>) => [...counts.values()].reduce((total, count) => total + count, 0);

/**
 * Imports an sshd log; resolves when all entries are on disk. Ids are derived from the lines, so that readers show entries
 * once, even if they are imported twice.
 *
 * @throws AuditError if an entry cannot be recorded, and errors of the file system. Entries before the error are kept.
 */
export async function importLog({ file, audit, year, zone, onProgress }: ImportOptions): Promise<ImportReport> {
  const report: ImportReport = { lines: 0, entries: new Map(), unrecognized: 0, skipped: new Map() };
  const parser = new SshdParser(year ?? (await findYear(file, zone)), new Date(), zone);
  let waiting: AuditEntryInput[] = [];
  const write = async () => {
    await Promise.all(waiting.map((entry) => audit.record(entry)));
    waiting = [];
    onProgress?.(report.lines);
  };
  for await (const line of linesOf(file)) {
    report.lines += 1;
    const result = parser.parse(line);
    if ('skipped' in result) add(report.skipped, result.skipped);
    else {
      add(report.entries, result.entry.action);
      if (!result.recognized) report.unrecognized += 1;
      waiting.push(result.entry);
    }
    if (waiting.length === CONCURRENCY) await write();
  }
  await write();
  return report;
}
