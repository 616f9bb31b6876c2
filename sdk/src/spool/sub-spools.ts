import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { AuditError } from '@auditrail/core';
import { isErrno } from './errno.ts';
import { FileSpool, type FileSpoolOptions } from './file-spool.ts';
import { SpoolCursor } from './cursor.ts';
import { sentPosition } from './recovery.ts';
import { CURSOR_FILE, segmentIds, segmentPath, SENT_FILE } from './segments.ts';
import { isBehind, type SpoolPosition } from './spool.ts';

/** Far more than one machine runs: with more, locks do not work there. */
const MAX_WRITERS = 1_000;

export interface SubSpoolsOptions extends Omit<FileSpoolOptions, 'folder'> {
  /** The folder that all writers share: processes, worker threads, the old and the new version of a deploy. */
  folder: string;
}

function isLocked(error: unknown): boolean {
  return error instanceof AuditError && error.code === 'SPOOL_LOCKED';
}

/**
 * Takes the lowest free sub-spool (`0`, `1`, …) of a folder, with the entries that a dead process left in it.
 *
 * @throws AuditError `SPOOL_UNAVAILABLE`; `SPOOL_LOCKED` if 1,000 are in use
 */
export function openSubSpool({ folder, ...options }: SubSpoolsOptions): FileSpool {
  for (let number = 0; number < MAX_WRITERS; number++) {
    try {
      return FileSpool.open({ ...options, folder: join(folder, String(number)) });
    } catch (error) {
      if (!isLocked(error)) throw error;
    }
  }
  throw new AuditError('SPOOL_LOCKED', `${MAX_WRITERS} writers already use the spool ${folder}`);
}

/** What a sub-spool contains that is not committed, found without reading a segment, so that frequent checks are cheap. */
interface Undelivered {
  /** Whether it has entries to send. */
  pending: boolean;
  /** When the last uncommitted entries were sent, in milliseconds since 1970; `undefined` if there are none. */
  sentMs: number | undefined;
}

function undeliveredIn(folder: string): Undelivered {
  const saved = new SpoolCursor(join(folder, CURSOR_FILE)).load();
  const cursor = saved === undefined || saved === 'damaged' ? { segment: 0, offset: 0 } : saved;
  const sent = saved === 'damaged' ? cursor : sentPosition(folder, cursor);
  const behind = (position: SpoolPosition) =>
    segmentIds(folder).some((id) => {
      const { size } = statSync(segmentPath(folder, id));
      return isBehind({ segment: id, offset: size }, position) && size > 0;
    });
  return {
    pending: behind(sent),
    sentMs: isBehind(sent, cursor) ? new SpoolCursor(join(folder, SENT_FILE)).savedMs() : undefined,
  };
}

/**
 * The folders of all writers that share this one.
 *
 * @throws AuditError `SPOOL_UNAVAILABLE`
 */
export function subSpools(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^\d{1,3}$/.test(name))
      .sort((a, b) => Number(a) - Number(b))
      .map((name) => join(folder, name));
  } catch (cause) {
    const message = `cannot read the spool ${folder}: ${(cause as Error).message}`;
    throw new AuditError('SPOOL_UNAVAILABLE', message, { cause });
  }
}

/**
 * Takes over a sub-spool with undelivered entries whose writer is dead; `undefined` if there is none. The caller delivers the
 * entries and closes it. Call it at start and every few seconds, each time until there is none.
 *
 * @param isDue whether entries that were sent are to be read back now
 * @throws AuditError `SPOOL_UNAVAILABLE` if the shared folder cannot be read; a single sub-spool that cannot be used is logged
 *   and skipped
 * @example
 * for (let left = await adoptAbandoned(options); left; left = await adoptAbandoned(options)) await deliver(left);
 */
export async function adoptAbandoned(
  { folder, ...options }: SubSpoolsOptions,
  isDue: (folder: string, sentMs: number) => boolean = () => true,
): Promise<FileSpool | undefined> {
  const log = options.log ?? console;
  for (const path of subSpools(folder)) {
    try {
      const { pending, sentMs } = undeliveredIn(path);
      if (!pending && (sentMs === undefined || !isDue(path, sentMs))) continue;
      const spool = await FileSpool.openGently({ ...options, folder: path });
      if (spool.pending + spool.kept > 0) return spool;
      await spool.close();
    } catch (error) {
      // ENOENT: its writer delivered and deleted a segment just now.
      if (!isLocked(error) && !isErrno(error, 'ENOENT')) log.warn(`${path} is left as it is: ${String(error)}`);
    }
  }
  return undefined;
}
