import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { LokiClient } from '@auditrail/core/loki';
import type { AuditLogger } from '@auditrail/sdk';
import { skipStored, type ImportEntry } from '@auditrail/sdk/import';
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
  /** Reads the tenant: entries that it holds are not recorded again. Default: all entries are recorded. */
  loki?: LokiClient;
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
  /** Number of entries that were recorded now; the others were stored by an earlier import. */
  recorded: number;
  /** Number of skipped lines by reason. */
  skipped: Map<string, number>;
}

/** The `service` of the entries. */
export const SERVICE = 'sshd';

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
 * Imports an sshd log; resolves when all entries are on disk. Ids are derived from the lines, so that a second import is
 * recognized: with `loki` it records nothing, and without it readers show each entry once.
 *
 * @throws AuditError if an entry cannot be recorded, and errors of the file system. Entries before the error are kept.
 */
export async function importLog({ file, audit, year, zone, loki, onProgress }: ImportOptions): Promise<ImportReport> {
  const report: ImportReport = { lines: 0, entries: new Map(), unrecognized: 0, recorded: 0, skipped: new Map() };
  const parser = new SshdParser(year ?? (await findYear(file, zone)), new Date(), zone);
  async function* entriesOfLog(): AsyncGenerator<ImportEntry, void> {
    for await (const line of linesOf(file)) {
      report.lines += 1;
      const result = parser.parse(line);
      if ('skipped' in result) {
        add(report.skipped, result.skipped);
        continue;
      }
      add(report.entries, result.entry.action);
      if (!result.recognized) report.unrecognized += 1;
      yield result.entry;
    }
  }
  let waiting: ImportEntry[] = [];
  const write = async () => {
    await Promise.all(waiting.map((entry) => audit.record(entry)));
    report.recorded += waiting.length;
    waiting = [];
    onProgress?.(report.lines);
  };
  for await (const entry of loki ? skipStored({ loki, service: SERVICE }, entriesOfLog()) : entriesOfLog()) {
    waiting.push(entry);
    if (waiting.length === CONCURRENCY) await write();
  }
  await write();
  return report;
}
