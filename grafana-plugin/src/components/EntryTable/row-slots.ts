/**
 * Keys for rows that are drawn, by the keys of their lines. A row keeps its key as long as it is drawn. Where a jump leaves
 * none of those that were drawn, the new ones take their keys in order: React then changes texts, which costs a third of
 * building each row anew.
 */
export class RowSlots {
  #slots = new Map<string, number>();
  #mayReuse = false;
  #next = 0;

  /**
   * @param keys of the lines, in the order of their rows
   * @param kept of the line whose row is always drawn
   * @param mayReuse whether the rows may become others later: not if something is open in one of them
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
