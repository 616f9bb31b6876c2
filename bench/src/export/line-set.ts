import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** The lines of a file whatever their order: how many, and the sum of their hashes. */
export async function lineSet(file: string): Promise<{ count: number; sum: string }> {
  let count = 0;
  let sum = 0n;
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    count++;
    sum += createHash('sha256').update(line).digest().readBigUInt64BE();
  }
  return { count, sum: sum.toString(16) };
}
