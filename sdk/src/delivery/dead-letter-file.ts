import { createReadStream } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { linesIn } from '@auditrail/core';
import { isErrno } from '../spool/errno.ts';
import { syncFolder } from '../spool/segments.ts';

/** Where the dead letters of a spool lie, in its folder. */
export const DEAD_LETTERS_FILE = 'dead-letters.ndjson';

/** An entry that was refused for good. */
export interface DeadLetter {
  /** When it was laid aside; missing where the letter itself is torn. */
  time?: string;
  /** The collector's words. */
  reason: string;
  /** The entry, byte for byte as it was recorded. */
  line: string;
}

/** Takes entries that the collector refuses for good, so that they neither block the others nor get lost. */
export interface DeadLetters {
  /** Resolves once the entry is safe. @throws Error where it cannot be kept; then it must be tried again */
  add(line: string, reason: string): Promise<void>;
}

async function endsInLine(file: FileHandle, size: number): Promise<boolean> {
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer.toString() === '\n';
}

/** Whether the file is the one that has this name, and not moved away or deleted meanwhile. */
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

/** One JSON object a line in `dead-letters.ndjson` of the folder: `{time, reason, line}`; synced before it returns. */
export function fileDeadLetters(folder: string): DeadLetters {
  const path = join(folder, DEAD_LETTERS_FILE);

  const append = async (letter: string): Promise<boolean> => {
    const file = await open(path, 'a+', 0o600);
    try {
      const { size } = await file.stat();
      // What a crash tore stays, on a line of its own.
      const torn = size > 0 && !(await endsInLine(file, size));
      try {
        await file.appendFile(`${torn ? '\n' : ''}${letter}\n`);
        await file.sync();
      } catch (error) {
        await file.truncate(size);
        throw error;
      }
      // A new file's name is safe only once its folder is.
      if (size === 0) await syncFolder(folder);
      return await hasName(file, path);
    } finally {
      await file.close();
    }
  };

  return {
    async add(line, reason) {
      const letter = JSON.stringify({ time: new Date().toISOString(), reason, line } satisfies DeadLetter);
      // Once more where the file was taken away at that moment to be sent again: it may have been read already.
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
    // Told by its reason, as any other text that is none.
  }
  return { reason: 'no whole dead letter: a crash tore it, or somebody changed it', line: text };
}

/** The letters of a file, oldest first; none where there is no file. What is torn is a letter too: nothing goes unseen. */
export async function* readDeadLetters(path: string): AsyncGenerator<DeadLetter, void> {
  try {
    for await (const text of linesIn(createReadStream(path, 'utf8'))) yield parseLetter(text);
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
  }
}
