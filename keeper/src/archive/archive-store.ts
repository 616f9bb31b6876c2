import { constants, createReadStream } from 'node:fs';
import { copyFile, link, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { syncFolder } from '../export/sync-folder.ts';

interface PutOptions {
  /** The bucket refuses to delete it before. Milliseconds since 1970. */
  keepUntilMs: number;
  /** Fails if the key exists. */
  isNew?: boolean;
}

/** Where archived days are: a folder or a bucket. Keys are made by `day-key.ts`, with `/` between their parts. */
export interface ArchiveStore {
  /** For messages and for the keeper's own state: `/srv/archive`, `s3://bucket/prefix`. */
  readonly address: string;
  /** Stores a file completely and durably, or not at all. */
  put(key: string, file: string, options: PutOptions): Promise<void>;
  /** @throws Error if there is no such key */
  read(key: string): Promise<Readable>;
  /** The path of an object that is a file. */
  pathOf?(key: string): string;
  /** The keys with this prefix. */
  list(prefix: string): AsyncIterable<string>;
  /** Deletes an object, unless the bucket protects it. */
  remove(key: string): Promise<'removed' | 'protected'>;
}

const FOLDER_MODE = 0o750;
const FILE_MODE = 0o640;

/** An archive in a folder. It should be on another disk than the keeper's. */
export function folderArchive(folder: string): ArchiveStore {
  const pathOf = (key: string) => join(folder, ...key.split('/'));
  async function* files(path: string): AsyncGenerator<string, void> {
    const entries = await readdir(path, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const each = join(path, entry.name);
      if (entry.isDirectory()) yield* files(each);
      else if (entry.isFile()) yield each;
    }
  }
  return {
    address: folder,
    pathOf,
    async put(key, file, { isNew = false }) {
      const path = pathOf(key);
      const temporary = `${path}.tmp`;
      await makeFolder(dirname(path));
      try {
        await copyFile(file, temporary, constants.COPYFILE_FICLONE);
        const handle = await open(temporary, 'r+');
        try {
          await handle.chmod(FILE_MODE);
          await handle.sync();
        } finally {
          await handle.close();
        }
        if (isNew) await link(temporary, path);
        else await rename(temporary, path);
      } finally {
        await rm(temporary, { force: true });
      }
      await syncFolder(dirname(path));
    },
    async read(key) {
      // Opened here, so that a missing file is reported before anything is read.
      return createReadStream('', { fd: await open(pathOf(key), 'r') });
    },
    async *list(prefix) {
      for await (const path of files(pathOf(prefix.slice(0, Math.max(0, prefix.lastIndexOf('/')))))) {
        const key = relative(folder, path).split(sep).join('/');
        if (key.startsWith(prefix) && !key.endsWith('.tmp')) yield key;
      }
    },
    async remove(key) {
      await rm(pathOf(key), { force: true });
      return 'removed';
    },
  };
}

/** Makes a folder whose name, and those above it that are new, survive a power cut. */
async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
  if (first === undefined) return;
  for (let each = folder; each.length >= first.length; each = dirname(each)) await syncFolder(dirname(each));
}
