import { createHash, type Hash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open, rename, type FileHandle } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { writeAt } from './file-bytes.ts';
import { diskError } from './disk-error.ts';
import { syncFolder } from './sync-folder.ts';

/** Suffix of files that are not complete. */
const PARTIAL = '.partial';
const READ_BYTES = 4 * 2 ** 20;

async function hashBeginning(file: FileHandle, hash: Hash, bytes: number): Promise<void> {
  const chunk = Buffer.allocUnsafe(Math.min(READ_BYTES, bytes));
  for (let at = 0; at < bytes;) {
    const { bytesRead } = await file.read(chunk, 0, Math.min(chunk.length, bytes - at), at);
    if (bytesRead === 0) throw new Error(`the file is shorter than the ${bytes} bytes that were written`);
    hash.update(chunk.subarray(0, bytesRead));
    at += bytesRead;
  }
}

/** A file that is written under a temporary name and gets its name when it is complete; readable by its owner only. */
export class ExportFile {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #hash: Hash;
  #bytes: number;
  #open = true;

  private constructor(path: string, file: FileHandle, hash: Hash, bytes: number) {
    this.#path = path;
    this.#file = file;
    this.#hash = hash;
    this.#bytes = bytes;
  }

  /**
   * Creates a file, or continues after its first `bytes`: the rest is cut off.
   *
   * @throws AuditError `EXPORT_UNWRITABLE`
   */
  static async open(path: string, bytes = 0): Promise<ExportFile> {
    const partial = path + PARTIAL;
    try {
      // A crash happened after the files were renamed and before the state was removed.
      if (bytes > 0 && !existsSync(partial) && existsSync(path)) await rename(path, partial);
      const file = await open(partial, bytes > 0 ? 'r+' : 'w+', 0o600);
      try {
        const hash = createHash('sha256');
        if (bytes > 0) await hashBeginning(file, hash, bytes);
        await file.truncate(bytes);
        return new ExportFile(path, file, hash, bytes);
      } catch (error) {
        await file.close();
        throw error;
      }
    } catch (error) {
      throw diskError(partial, error);
    }
  }

  get bytes(): number {
    return this.#bytes;
  }

  get name(): string {
    return basename(this.#path);
  }

  async append(text: string): Promise<void> {
    const bytes = Buffer.from(text, 'utf8');
    this.#hash.update(bytes);
    try {
      await writeAt(this.#file, this.#bytes, bytes);
    } catch (error) {
      throw diskError(this.#path + PARTIAL, error);
    }
    this.#bytes += bytes.length;
  }

  async sync(): Promise<void> {
    try {
      await this.#file.datasync();
    } catch (error) {
      throw diskError(this.#path + PARTIAL, error);
    }
  }

  /** SHA-256 of everything appended so far. */
  sha256(): string {
    return this.#hash.copy().digest('hex');
  }

  /** Gives the file its final name. */
  async finish(): Promise<void> {
    await this.sync();
    await this.close();
    try {
      await rename(this.#path + PARTIAL, this.#path);
      await syncFolder(dirname(this.#path));
    } catch (error) {
      throw diskError(this.#path, error);
    }
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#file.close();
  }
}
