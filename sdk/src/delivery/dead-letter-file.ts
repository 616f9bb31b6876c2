import { createReadStream } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { linesIn } from '@auditrail/core';
import { isErrno } from '../spool/errno.ts';
import { syncFolder } from '../spool/segments.ts';

/** The file with the dead letters, in the folder of a spool. */
export const DEAD_LETTERS_FILE = 'dead-letters.ndjson';

/** An entry that was refused permanently. */
export interface DeadLetter {
  /** When it was refused; missing if the letter itself is torn. */
  time?: string;
  /** The message of the collector. */
  reason: string;
  /** The entry, byte for byte as it was recorded. */
  line: string;
}

/** Keeps entries that the collector refuses permanently, so that they neither block the others nor get lost. */
export interface DeadLetters {
  /** Resolves once the entry is safe. @throws Error if it cannot be kept; try again then */
  add(line: string, reason: string): Promise<void>;
}

async function endsInLine(file: FileHandle, size: number): Promise<boolean> {
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer.toString() === '\n';
}

/** Whether the file still has this name, and was not moved or deleted meanwhile. */
async function hasName(file: FileHandle, path: string): Promise<boolean> {
  const { dev, ino } = await file.stat();
  try {
    const named = await stat(path);
    return named.dev === dev && named.ino === ino;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false;
    throw error;
  }
}

/** One JSON object per line in `dead-letters.ndjson` of the folder: `{time, reason, line}`; synced before it returns. */
export function fileDeadLetters(folder: string): DeadLetters {
  const path = join(folder, DEAD_LETTERS_FILE);

  const append = async (letter: string): Promise<boolean> => {
    const file = await open(path, 'a+', 0o600);
    try {
      const { size } = await file.stat();
      // A torn letter stays, on its own line.
      const torn = size > 0 && !(await endsInLine(file, size));
      try {
        await file.appendFile(`${torn ? '\n' : ''}${letter}\n`);
        await file.sync();
      } catch (error) {
        await file.truncate(size);
        throw error;
      }
      // The name of a new file is safe only once its folder is synced.
      if (size === 0) await syncFolder(folder);
      return await hasName(file, path);
    } finally {
      await file.close();
    }
  };

  return {
    async add(line, reason) {
      const letter = JSON.stringify({ time: new Date().toISOString(), reason, line } satisfies DeadLetter);
      // Again if the file was moved away at that moment to be sent again: it may have been read already.
      while (!(await append(letter)));
    },
  };
}

function parseLetter(text: string): DeadLetter {
  try {
    const { time, reason, line } = JSON.parse(text) as Partial<Record<keyof DeadLetter, unknown>>;
    if (typeof time === 'string' && typeof reason === 'string' && typeof line === 'string') {
      return { time, reason, line };
    }
  } catch {
    // The reason below reports it, as any other text that is not a letter.
  }
  return { reason: 'not a complete dead letter: a crash tore it, or somebody changed it', line: text };
}

/** The letters of a file, oldest first; none if there is no file. A torn letter counts too, so that nothing is overlooked. */
export async function* readDeadLetters(path: string): AsyncGenerator<DeadLetter, void> {
  try {
    for await (const text of linesIn(createReadStream(path, 'utf8'))) yield parseLetter(text);
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
  }
}
