import { statfs } from 'node:fs/promises';
import type { PipelineFinding } from './finding.ts';

/** Less than this share, and less than this many bytes, is too little room. */
const MIN_FREE = 0.1;
const ENOUGH_BYTES = 10_000_000_000;

const inUnits = (bytes: number) => (bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.floor(bytes / 1e6)} MB`);

/** Judges a disk by its free and total bytes, as a process without privileges sees them. */
export function judgeDisk(path: string, free: number, total: number): PipelineFinding {
  const ok = free >= Math.min(MIN_FREE * total, ENOUGH_BYTES) && free > 0;
  return {
    ...{ ok, code: 'DISK_FILLS', about: path },
    what: `${path}: ${inUnits(free)} of its disk are free (${Math.floor((100 * free) / Math.max(total, 1))} %)`,
    ...(!ok && { remedy: 'make room: on a full disk no entry can be kept' }),
  };
}

/** Checks the room on the disk that has this path. */
export async function checkDisk(path: string): Promise<PipelineFinding> {
  try {
    const { bavail, blocks, bsize } = await statfs(path);
    return judgeDisk(path, bavail * bsize, blocks * bsize);
  } catch (error) {
    const what = `${path}: ${(error as Error).message}`;
    const remedy = 'check the path, and that this user may read it';
    return { ok: false, code: 'DISK_FILLS', about: path, what, remedy };
  }
}
