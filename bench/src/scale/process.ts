import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../run.ts';

/** The size of all files in a folder. */
export function folderBytes(folder: string): number {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names.reduce((sum, name) => {
    const { size, isFile } = fileOf(join(folder, name));
    return isFile ? sum + size : sum;
  }, 0);
}

// A database can delete a file meanwhile.
function fileOf(path: string): { size: number; isFile: boolean } {
  const found = statSync(path, { throwIfNoEntry: false });
  return { size: found?.size ?? 0, isFile: found?.isFile() ?? false };
}

/** Resident memory of a process on Linux. */
export function processRss(pid: number | undefined): number | undefined {
  const file = `/proc/${pid}/status`;
  if (pid === undefined || !existsSync(file)) return undefined;
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(file, 'utf8'))?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}

/**
 * Writes everything to disk that the system holds back, so that {@link dropCaches} can drop it. Once after loading: it also
 * waits for the files of other programs.
 */
export async function flushToDisk(): Promise<void> {
  const problem = await run('sync', []);
  if (problem) throw new Error(`sync: ${problem}`);
}

/** Drops the system's page cache, so that files are read from disk again. @returns why it could not, or an empty string */
export function dropCaches(): Promise<string> {
  return run('sh', ['-c', 'echo 3 > /proc/sys/vm/drop_caches']);
}
