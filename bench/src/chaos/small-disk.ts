import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../run.ts';

/** A separate disk that can be filled. */
export interface SmallDisk {
  folder: string;
  /** Fills the disk to the last byte. */
  fill(): void;
  /** Frees the space again. */
  clear(): void;
  unmount(): Promise<void>;
}

const MEGABYTE = Buffer.alloc(2 ** 20);

/**
 * Mounts a disk in memory, which requires root.
 *
 * @returns the reason if the disk cannot be mounted
 */
export async function mountSmallDisk(folder: string, megabytes: number): Promise<SmallDisk | string> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'skipped: it requires Linux and root';
  mkdirSync(folder, { recursive: true });
  const mounted = await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder]);
  if (mounted !== '') return `skipped: ${mounted}`;
  const filler = join(folder, 'filler');
  return {
    folder,
    fill() {
      const file = openSync(filler, 'w');
      try {
        // Halves the size at the end, because writing single bytes is slow.
        for (let size = MEGABYTE.length; size >= 1;) {
          try {
            writeSync(file, MEGABYTE, 0, size);
          } catch (error) {
            if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
            size = Math.floor(size / 2);
          }
        }
      } finally {
        closeSync(file);
      }
    },
    clear: () => rmSync(filler, { force: true }),
    async unmount() {
      const failed = await run('umount', ['-l', folder]);
      if (failed !== '') throw new Error(`could not unmount ${folder}: ${failed}`);
    },
  };
}
