import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** The number of a file's lines and the sum of their hashes, which do not depend on the order. */
export async function lineSet(file: string): Promise<{ count: number; sum: string }> {
  let count = 0;
  let sum = 0n;
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    count++;
    sum += createHash('sha256').update(line).digest().readBigUInt64BE();
  }
  return { count, sum: sum.toString(16) };
}
