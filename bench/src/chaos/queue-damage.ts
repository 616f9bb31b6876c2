import { closeSync, openSync, readdirSync, rmSync, statSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Damages the files of the collector's queue, while it does not run: in their middle, by emptying or by deleting them. */
export function damageQueue(folder: string, random: () => number): void {
  for (const name of readdirSync(folder)) {
    const file = join(folder, name);
    const { size } = statSync(file);
    const way = Math.floor(random() * 3);
    if (way === 0) rmSync(file, { recursive: true });
    else if (way === 1) truncateSync(file, 0);
    else {
      const opened = openSync(file, 'r+');
      writeSync(opened, Buffer.alloc(Math.min(4_096, size), 0xff), 0, undefined, Math.floor((size / 2) * random()));
      closeSync(opened);
    }
  }
}
