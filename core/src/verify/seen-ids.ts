import { textHash } from '../text-hash.ts';

const FIRST_SLOTS = 2 ** 12;
const FULL = 0.6;

/**
 * Remembers which entry had which id, in 16 bytes of an open hash table: 53-bit hashes with a random seed, so that nobody
 * can prepare texts with equal hashes.
 */
export class SeenIds {
  readonly #seed = globalThis.crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
  #ids = new Float64Array(FIRST_SLOTS);
  #contents = new Float64Array(FIRST_SLOTS);
  #used = 0;

  /** `other`: an entry with other content had this id before. */
  add(id: string, content: string): 'new' | 'same' | 'other' {
    const [key, value] = [textHash(id.toLowerCase(), this.#seed), textHash(content, this.#seed)];
    const at = this.#slotOf(key);
    if (this.#ids[at] === key) return this.#contents[at] === value ? 'same' : 'other';
    this.#put(at, key, value);
    if (this.#used > this.#ids.length * FULL) this.#grow();
    return 'new';
  }

  #put(at: number, key: number, value: number): void {
    this.#ids[at] = key;
    this.#contents[at] = value;
    this.#used++;
  }

  #slotOf(key: number): number {
    const mask = this.#ids.length - 1;
    let at = key % this.#ids.length;
    while (this.#ids[at] !== 0 && this.#ids[at] !== key) at = (at + 1) & mask;
    return at;
  }

  #grow(): void {
    const [ids, contents] = [this.#ids, this.#contents];
    this.#ids = new Float64Array(ids.length * 2);
    this.#contents = new Float64Array(ids.length * 2);
    this.#used = 0;
    ids.forEach((key, i) => {
      if (key !== 0) this.#put(this.#slotOf(key), key, contents[i] ?? 0);
    });
  }
}
