import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

/** Takes entries that the collector refuses for good, so that they neither block the others nor get lost. */
export interface DeadLetters {
  /** Resolves once the entry is safe. @throws Error where it cannot be kept; then it must be tried again */
  add(line: string, reason: string): Promise<void>;
}

async function sync(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function endsInLine(file: FileHandle, size: number): Promise<boolean> {
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer.toString() === '\n';
}

/** One JSON object a line in `dead-letters.ndjson` of the folder: `{time, reason, line}`; synced before it returns. */
export function fileDeadLetters(folder: string): DeadLetters {
  return {
    async add(line, reason) {
      const file = await open(join(folder, 'dead-letters.ndjson'), 'a+', 0o600);
      try {
        const { size } = await file.stat();
        // What a crash tore stays, on a line of its own.
        const torn = size > 0 && !(await endsInLine(file, size));
        try {
          await file.appendFile(
            `${torn ? '\n' : ''}${JSON.stringify({ time: new Date().toISOString(), reason, line })}\n`,
          );
          await file.sync();
        } catch (error) {
          await file.truncate(size);
          throw error;
        }
        // A new file's name is safe only once its folder is.
        if (size === 0) await sync(folder);
      } finally {
        await file.close();
      }
    },
  };
}
