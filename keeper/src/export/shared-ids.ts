import { randomBytes } from 'node:crypto';
import { textHash } from '@auditrail/core';
import { entryOf } from './entry-of.ts';

// In canonical lines these two members are adjacent.
const ID = /,"id":"([0-9a-f-]{36})","outcome":/gi;
const FIRST_SLOTS = 2 ** 14;
/** 64 MB; about 5 million ids. */
const MOST_SLOTS = 2 ** 23;
const FULL = 0.6;
const MOST_LISTED = 100;

function idOf(line: string): string | undefined {
  const [first, second] = line.matchAll(ID);
  if (first && !second) return first[1]?.toLowerCase();
  // Properties can contain the same text, and a line may not be canonical.
  return entryOf(line)?.id.toLowerCase();
}

/**
 * Finds ids that more than one entry of an export claims, in 8 bytes of memory for each entry: 53-bit hashes with a
 * secret seed. After about 5 million entries it starts again, so two claims that are further apart are not noticed here;
 * both entries are still in the export, and `verify` compares all ids.
 */
export class SharedIds {
  readonly #seed = randomBytes(4).readUInt32LE();
  readonly #ids: Set<string>;
  #count: number;
  #slots = new Float64Array(FIRST_SLOTS);
  #used = 0;

  constructor({ count, ids }: { count: number; ids: readonly string[] } = { count: 0, ids: [] }) {
    this.#count = count;
    this.#ids = new Set(ids);
  }

  add(line: string): void {
    const id = idOf(line);
    if (id === undefined) return;
    if (this.#insert(textHash(id, this.#seed))) {
      if (this.#used > this.#slots.length * FULL) this.#grow();
      return;
    }
    if (this.#ids.has(id)) return;
    this.#count++;
    if (this.#ids.size < MOST_LISTED) this.#ids.add(id);
  }

  /** At most the first hundred ids; `count` includes all, and can count an id that is not listed more than once. */
  get found(): { count: number; ids: string[] } {
    return { count: this.#count, ids: [...this.#ids] };
  }

  #insert(hash: number): boolean {
    const mask = this.#slots.length - 1;
    let at = hash % this.#slots.length;
    for (; this.#slots[at] !== 0; at = (at + 1) & mask) if (this.#slots[at] === hash) return false;
    this.#slots[at] = hash;
    this.#used++;
    return true;
  }

  #grow(): void {
    const before = this.#slots;
    this.#used = 0;
    if (before.length >= MOST_SLOTS) {
      before.fill(0);
      return;
    }
    this.#slots = new Float64Array(before.length * 2);
    for (const hash of before) if (hash !== 0) this.#insert(hash);
  }
}
