import { randomFillSync } from 'node:crypto';
import { V7Generator } from 'uuidv7';

// Asks the operating system for randomness once per 256 numbers, not for every second id.
const numbers = new Uint32Array(256);
let next = numbers.length;

const generator = new V7Generator({
  nextUint32() {
    if (next === numbers.length) {
      randomFillSync(numbers);
      next = 0;
    }
    const number = numbers[next] ?? 0;
    // Used once, and not left in memory.
    numbers[next] = 0;
    next += 1;
    return number;
  },
});

/** A new entry's id: a UUIDv7, each later in order than the one before it in this process. */
export function newRecordId(): string {
  return generator.generate().toString();
}
