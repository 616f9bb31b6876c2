/**
 * React keys for rendered rows, by the keys of their lines. A row keeps its key while it is rendered. If a jump replaces all
 * rows, the new ones reuse the keys in order: React then only changes texts, which costs a third of
 * creating each row again.
 */
export class RowSlots {
  #slots = new Map<string, number>();
  #mayReuse = false;
  #next = 0;

  /**
   * @param keys of the lines, in the order of their rows
   * @param kept key of the line whose row is always rendered
   * @param mayReuse whether the rows can be reused later; not while one is open
   */
  of(keys: readonly string[], kept: string | undefined, mayReuse: boolean): ReadonlyMap<string, number> {
    const stays = keys.some((key) => key !== kept && this.#slots.has(key));
    const free =
      stays || !this.#mayReuse ? [] : [...this.#slots].filter(([key]) => key !== kept).map(([, slot]) => slot);
    free.reverse();
    const slots = new Map(keys.map((key) => [key, this.#slots.get(key) ?? free.pop() ?? this.#next++]));
    this.#slots = slots;
    this.#mayReuse = mayReuse;
    return slots;
  }
}
