import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { AuditEntryInput, AuditLogger } from '@auditrail/sdk';
import { SshdParser } from './parser.ts';

export interface ImportOptions {
  file: string;
  audit: Pick<AuditLogger, 'record'>;
  /** Year of the first line; by default the latest one that puts it into the past. */
  year?: number;
  /** Told now and then how many lines are done. */
  onProgress?: (lines: number) => void;
}

/** Every line is in `entries` or in `skipped`. */
export interface ImportReport {
  lines: number;
  /** Entries by action. */
  entries: Map<string, number>;
  /** Lines that are no entry, by reason. */
  skipped: Map<string, number>;
}

// Enough for one fsync to be shared by many, few enough for the memory.
const AT_ONCE = 256;

const add = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);

export const sum = (counts: Map<string, number>) => [...counts.values()].reduce((total, count) => total + count, 0);

/**
 * Turns a log of sshd into entries; resolves when all of them are on disk. An entry's id follows from its line: what is
 * imported twice is shown once.
 *
 * @throws AuditError where an entry cannot be written, and the file system's errors; what was written until then stays.
 */
export async function importLog({ file, audit, year, onProgress }: ImportOptions): Promise<ImportReport> {
  const report: ImportReport = { lines: 0, entries: new Map(), skipped: new Map() };
  const parser = new SshdParser(year);
  let waiting: AuditEntryInput[] = [];
  const write = async () => {
    await Promise.all(waiting.map((entry) => audit.record(entry)));
    waiting = [];
    onProgress?.(report.lines);
  };
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    report.lines += 1;
    const result = parser.parse(line);
    if ('skipped' in result) add(report.skipped, result.skipped);
    else {
      add(report.entries, result.entry.action);
      waiting.push(result.entry);
    }
    if (waiting.length === AT_ONCE) await write();
  }
  await write();
  return report;
}
