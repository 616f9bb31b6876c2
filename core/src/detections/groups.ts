/** The groups of a pattern in memory: of more, those without entries for the longest time are forgotten. */
const MAX_GROUPS = 20_000;

/** A bounded map of groups; a group is forgotten if its window passes without an entry. */
export class Groups<G extends { seen: number }> {
  readonly #groups = new Map<string, G>();
  readonly #widthMs: number;
  readonly #create: () => G;

  constructor(minutes: number, create: () => G) {
    this.#widthMs = minutes * 60_000;
    this.#create = create;
  }

  /** The group of an entry; it becomes the latest one. */
  at(key: string, time: number): G {
    const group = this.#groups.get(key) ?? this.#create();
    this.#groups.delete(key);
    group.seen = time;
    this.#groups.set(key, group);
    for (const [oldest, { seen }] of this.#groups) {
      if (seen > time - this.#widthMs && this.#groups.size <= MAX_GROUPS) break;
      this.#groups.delete(oldest);
    }
    return group;
  }
}
