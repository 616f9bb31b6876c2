import { closeSync, openSync, readdirSync, rmSync, statSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Damages the files of the collector's queue while the collector is stopped: overwrites a part, empties or deletes them. */
export function damageQueue(folder: string, random: () => number): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const file = join(folder, name);
    const found = statSync(file);
    // The keeper's queue is in a folder of its own.
    if (!found.isFile()) continue;
    const { size } = found;
    const method = Math.floor(random() * 3);
    if (method === 0) rmSync(file, { recursive: true });
    else if (method === 1) truncateSync(file, 0);
    else {
      const opened = openSync(file, 'r+');
      writeSync(opened, Buffer.alloc(Math.min(4_096, size), 0xff), 0, undefined, Math.floor((size / 2) * random()));
      closeSync(opened);
    }
  }
}
