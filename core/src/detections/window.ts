/** The longest list of a group's entries in memory, unless a threshold is higher: of more, the oldest are forgotten. */
const MAX_ENTRIES = 10_000;

interface Item {
  time: number;
  value: string;
}

/** The entries of a group in a window of time, in the order of their time, with the number of each value. */
export class TimeWindow {
  #items: Item[] = [];
  #start = 0;
  #removed = 0;
  readonly #counts = new Map<string, number>();
  readonly #widthMs: number;
  readonly #most: number;

  constructor(minutes: number, atLeast: number) {
    this.#widthMs = minutes * 60_000;
    this.#most = Math.max(MAX_ENTRIES, 2 * atLeast);
  }

  add(time: number, value = ''): void {
    this.#items.push({ time, value });
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + 1);
    if (this.size > this.#most) this.#removeFirst();
  }

  /** Forgets the entries that a window that ends at `now` does not include: as in Loki, its start is excluded. */
  moveTo(now: number): void {
    while (this.size > 0 && this.since <= now - this.#widthMs) this.#removeFirst();
  }

  #removeFirst(): void {
    const item = this.#items[this.#start];
    if (!item) return;
    this.#start += 1;
    this.#removed += 1;
    const count = (this.#counts.get(item.value) ?? 0) - 1;
    if (count > 0) this.#counts.set(item.value, count);
    else this.#counts.delete(item.value);
    if (this.#start < 64 || this.#start * 2 < this.#items.length) return;
    this.#items = this.#items.slice(this.#start);
    this.#start = 0;
  }

  get size(): number {
    return this.#items.length - this.#start;
  }

  /** The number of entries that were ever added. */
  get added(): number {
    return this.#removed + this.size;
  }

  /** The number of different values. */
  get distinct(): number {
    return this.#counts.size;
  }

  /** The time of the first entry. */
  get since(): number {
    return this.#items[this.#start]?.time ?? Infinity;
  }

  /** The time of the entry `back` positions before the end; 1 is the last one. */
  timeFromEnd(back: number): number {
    return this.#items[Math.max(this.#start, this.#items.length - back)]?.time ?? Infinity;
  }

  /** The time of the last entry of the `n`-th latest value: until it leaves the window, there are `n` values. */
  timeOfDistinct(n: number): number {
    const values = new Set<string>();
    for (let i = this.#items.length - 1; i >= this.#start; i -= 1) {
      const item = this.#items[i];
      if (item && values.add(item.value).size === n) return item.time;
    }
    return Infinity;
  }

  /** The number of values with at most `each` entries. */
  distinctWithAtMost(each: number): number {
    let values = 0;
    for (const count of this.#counts.values()) if (count <= each) values += 1;
    return values;
  }
}
