import { readFileSync, statSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { isErrno } from './errno.ts';
import type { SpoolPosition } from './spool.ts';

const BYTES = 64;

/**
 * How far a spool is sent or committed, in one file: segment, offset and a CRC-32 as text. It is overwritten in place, which
 * also works on a full disk, where it matters most: only delivered entries can be deleted. It is not synced and may be torn:
 * after the loss of a cursor, entries are sent twice, with the same id.
 */
export class SpoolCursor {
  readonly #path: string;
  #file: FileHandle | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** The saved position; `undefined` if there is none, `damaged` if it cannot be read. */
  load(): SpoolPosition | 'damaged' | undefined {
    let text: string;
    try {
      text = readFileSync(this.#path, 'latin1');
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return undefined;
      throw error;
    }
    const [, position = '', segment, offset, crc] = /^((\d+) (\d+)) ([0-9a-f]{1,8}) *\n$/.exec(text) ?? [];
    if (segment === undefined || crc !== crc32(position).toString(16)) return 'damaged';
    return { segment: Number(segment), offset: Number(offset) };
  }

  /** When it was saved, in milliseconds since 1970; `undefined` if it never was. */
  savedMs(): number | undefined {
    return statSync(this.#path, { throwIfNoEntry: false })?.mtimeMs;
  }

  async save({ segment, offset }: SpoolPosition): Promise<void> {
    const position = `${segment} ${offset}`;
    const text = `${position} ${crc32(position).toString(16)}`.padEnd(BYTES - 1);
    try {
      this.#file ??= await this.#open();
      await this.#file.write(`${text}\n`, 0);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async #open(): Promise<FileHandle> {
    try {
      return await open(this.#path, 'r+');
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return await open(this.#path, 'wx+', 0o600);
      throw error;
    }
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }
}
