import { statfs } from 'node:fs/promises';
import type { PipelineFinding } from './finding.ts';

/** Less than this share, and less than this many bytes, is too little free space. */
const MIN_FREE = 0.1;
const ENOUGH_BYTES = 10_000_000_000;

const inUnits = (bytes: number) => (bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.floor(bytes / 1e6)} MB`);

/** Checks a disk by its free and total bytes for an unprivileged process. */
export function checkSpace(path: string, free: number, total: number): PipelineFinding {
  const ok = free >= Math.min(MIN_FREE * total, ENOUGH_BYTES) && free > 0;
  return {
    ...{ ok, code: 'DISK_FILLS', about: path },
    what: `${path}: ${inUnits(free)} of its disk is free (${Math.floor((100 * free) / Math.max(total, 1))} %)`,
    ...(!ok && { remedy: 'free space: no entry can be stored on a full disk' }),
  };
}

/** Checks the free space of the disk with this path. */
export async function checkDisk(path: string): Promise<PipelineFinding> {
  try {
    const { bavail, blocks, bsize } = await statfs(path);
    return checkSpace(path, bavail * bsize, blocks * bsize);
  } catch (error) {
    const what = `${path}: ${(error as Error).message}`;
    const remedy = "check the path and this user's permission to read it";
    return { ok: false, code: 'DISK_FILLS', about: path, what, remedy };
  }
}
