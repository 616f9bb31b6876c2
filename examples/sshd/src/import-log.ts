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
  /** Year of the first line; by default the latest one that puts the log into the past. */
  year?: number;
  /** Zone of the log's clock, for lines that do not say it: `Europe/Berlin`, `+02:00`. Default UTC. */
  zone?: Zone;
  /** Called now and then with the number of lines that are done. */
  onProgress?: (lines: number) => void;
}

/** Every line is in `entries` or in `skipped`. */
export interface ImportReport {
  lines: number;
  /** Entries by action. */
  entries: Map<string, number>;
  /** Entries whose message is not understood: kept as it is, with the outcome `unknown`, or `failure` if it says so. */
  notUnderstood: number;
  /** Lines that are no entry, by reason. */
  skipped: Map<string, number>;
}

// Enough for one fsync to be shared by many, few enough for the memory.
const AT_ONCE = 256;

const add = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);

const linesOf = (file: string) => createInterface({ input: createReadStream(file), crlfDelay: Infinity });

// Syslog has no year, and whether a log runs over the end of one shows only at its end. A line a day is enough.
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
 * Turns a log of sshd into entries; resolves when all of them are on disk. An entry's id follows from its line: what is
 * imported twice is shown once.
 *
 * @throws AuditError if an entry cannot be written, and the file system's errors; what was written until then stays.
 */
export async function importLog({ file, audit, year, zone, onProgress }: ImportOptions): Promise<ImportReport> {
  const report: ImportReport = { lines: 0, entries: new Map(), notUnderstood: 0, skipped: new Map() };
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
      if (!result.understood) report.notUnderstood += 1;
      waiting.push(result.entry);
    }
    if (waiting.length === AT_ONCE) await write();
  }
  await write();
  return report;
}
