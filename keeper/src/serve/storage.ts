import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { syncFolder } from '../export/sync-folder.ts';

/** Storage of finished exports: a folder, or a bucket. Ids are UUIDs and names are the engine's, never a user's text. */
export interface ExportStorage {
  /**
   * Moves the files of a finished export out of `folder`, completely and durably or not at all; `folder` is then deleted.
   */
  keep(id: string, folder: string): Promise<void>;
  /** @throws Error if the file does not exist */
  read(id: string, name: string): Promise<Readable>;
  /** Deletes all files of an export, if there are any. */
  remove(id: string): Promise<void>;
  /** The ids of exports with files. */
  ids(): Promise<string[]>;
}

/** Keeps exports in `<folder>/<id>/`, on the disk of running exports. */
export function folderStorage(folder: string): ExportStorage {
  const folderOf = (id: string) => join(folder, id);
  return {
    async keep(id, from) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await rm(folderOf(id), { recursive: true, force: true });
      await rename(from, folderOf(id));
      await syncFolder(folder);
    },
    async read(id, name) {
      // Opened here, so that a missing file is reported before anything is sent.
      const handle = await open(join(folderOf(id), name), 'r');
      return createReadStream('', { fd: handle });
    },
    async remove(id) {
      await rm(folderOf(id), { recursive: true, force: true });
    },
    async ids() {
      return readdir(folder).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return [];
        throw error;
      });
    },
  };
}
