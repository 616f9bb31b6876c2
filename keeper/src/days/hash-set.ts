const WORDS = 4;

/**
 * A set of the first 128 bits of SHA-256 hashes: 16 bytes each, where a `Set` of texts takes 100. Zero marks a free slot;
 * a hash that begins with 128 zero bits will not occur.
 */
export class HashSet {
  #slots = new Uint32Array(1024 * WORDS);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(hash: Buffer): boolean {
    return this.#isAt(this.#find(this.#slots, hash));
  }

  /** @returns whether it was not in the set */
  add(hash: Buffer): boolean {
    const at = this.#find(this.#slots, hash);
    if (this.#isAt(at)) return false;
    for (let word = 0; word < WORDS; word++) this.#slots[at + word] = hash.readUInt32LE(4 * word);
    this.#size++;
    if (this.#size * 2 * WORDS > this.#slots.length) this.#grow();
    return true;
  }

  #isAt(at: number): boolean {
    for (let word = 0; word < WORDS; word++) if (this.#slots[at + word] !== 0) return true;
    return false;
  }

  // The slot that holds the hash, or the free one where it belongs.
  #find(slots: Uint32Array, hash: Buffer): number {
    const [a, b, c, d] = [hash.readUInt32LE(0), hash.readUInt32LE(4), hash.readUInt32LE(8), hash.readUInt32LE(12)];
    return findWords(slots, a, b, c, d);
  }

  #grow(): void {
    const old = this.#slots;
    const slots = new Uint32Array(old.length * 2);
    for (let at = 0; at < old.length; at += WORDS) {
      const [a = 0, b = 0, c = 0, d = 0] = old.subarray(at, at + WORDS);
      if ((a | b | c | d) === 0) continue;
      slots.set([a, b, c, d], findWords(slots, a, b, c, d));
    }
    this.#slots = slots;
  }
}

function findWords(slots: Uint32Array, a: number, b: number, c: number, d: number): number {
  const mask = slots.length / WORDS - 1;
  for (let slot = a & mask; ; slot = (slot + 1) & mask) {
    const at = slot * WORDS;
    if (slots[at] === a && slots[at + 1] === b && slots[at + 2] === c && slots[at + 3] === d) return at;
    if (slots[at] === 0 && slots[at + 1] === 0 && slots[at + 2] === 0 && slots[at + 3] === 0) return at;
  }
}
