import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { syncFolder } from '../export/sync-folder.ts';

/** Where finished exports lie: a folder, or a bucket. Ids are UUIDs and names are the engine's: no text of a user's. */
export interface ExportStorage {
  /** Takes the files of a finished export out of `folder`, whole and durable or not at all; `folder` is gone afterwards. */
  keep(id: string, folder: string): Promise<void>;
  /** @throws Error where there is no such file */
  read(id: string, name: string): Promise<Readable>;
  /** Deletes all files of an export; nothing happens where there are none. */
  remove(id: string): Promise<void>;
  /** The ids of which there are files. */
  ids(): Promise<string[]>;
}

/** Keeps exports in `<folder>/<id>/`, on the disk that they were made on. */
export function folderStorage(folder: string): ExportStorage {
  const place = (id: string) => join(folder, id);
  return {
    async keep(id, from) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await rm(place(id), { recursive: true, force: true });
      await rename(from, place(id));
      await syncFolder(folder);
    },
    async read(id, name) {
      // Opened here, so that what is missing is told before anything is sent.
      const handle = await open(join(place(id), name), 'r');
      return createReadStream('', { fd: handle });
    },
    async remove(id) {
      await rm(place(id), { recursive: true, force: true });
    },
    async ids() {
      return readdir(folder).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return [];
        throw error;
      });
    },
  };
}
