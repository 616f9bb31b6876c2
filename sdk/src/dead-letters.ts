import { open } from 'node:fs/promises';
import { join } from 'node:path';

/** Takes entries that the collector refuses for good, so that they neither block the others nor get lost. */
export interface DeadLetters {
  add(line: string, reason: string): Promise<void>;
}

/** One JSON object a line in `dead-letters.ndjson` of the folder: `{time, reason, line}`; synced before it returns. */
export function fileDeadLetters(folder: string): DeadLetters {
  return {
    async add(line, reason) {
      const file = await open(join(folder, 'dead-letters.ndjson'), 'a', 0o600);
      try {
        await file.write(`${JSON.stringify({ time: new Date().toISOString(), reason, line })}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
    },
  };
}
