/** The index of the first item after a time; the items are in the order of their time. */
export function firstAfter<T>(items: readonly T[], ms: number, timeOf: (item: T) => number): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const item = items[middle];
    if (item !== undefined && timeOf(item) > ms) high = middle;
    else low = middle + 1;
  }
  return low;
}
