import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../run.ts';

/** A disk of its own that can be filled. */
export interface SmallDisk {
  folder: string;
  /** Leaves no byte free. */
  fill(): void;
  /** Gives the room back. */
  clear(): void;
  unmount(): Promise<void>;
}

const MEGABYTE = Buffer.alloc(2 ** 20);

/**
 * Mounts a disk in memory, which takes root's rights.
 *
 * @returns the reason in words where it cannot be done
 */
export async function mountSmallDisk(folder: string, megabytes: number): Promise<SmallDisk | string> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'left out: it takes Linux and root';
  mkdirSync(folder, { recursive: true });
  const mounted = await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder]);
  if (mounted !== '') return `left out: ${mounted}`;
  const filler = join(folder, 'filler');
  return {
    folder,
    fill() {
      const file = openSync(filler, 'w');
      try {
        // The last part is smaller than a page: byte by byte would be slow.
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
      if (failed !== '') throw new Error(`${folder} cannot be unmounted: ${failed}`);
    },
  };
}
