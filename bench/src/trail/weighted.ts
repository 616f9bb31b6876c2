/** A source of random numbers from 0 to 1. */
export type Random = () => number;

/** Weights of a Zipf-like distribution: rank `n` has the weight `1 / (n + 1 + flatness) ** exponent`. */
export function zipfWeights(count: number, exponent: number, flatness = 0): number[] {
  return Array.from({ length: count }, (_, rank) => (rank + 1 + flatness) ** -exponent);
}

/**
 * Draws indexes with these weights, in constant time (the alias method of Walker and Vose).
 *
 * @example weighted([1, 3])(random) // 1 in three of four cases
 */
export function weighted(weights: readonly number[]): (random: Random) => number {
  const { length } = weights;
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const share = Float64Array.from(weights, (weight) => (weight * length) / sum);
  const alias = new Int32Array(length);
  const small: number[] = [];
  const large: number[] = [];
  share.forEach((value, index) => (value < 1 ? small : large).push(index));
  while (small.length > 0 && large.length > 0) {
    const less = small.pop() as number;
    const more = large.pop() as number;
    alias[less] = more;
    share[more] = (share[more] as number) + (share[less] as number) - 1;
    (share[more] < 1 ? small : large).push(more);
  }
  // Rounding leaves some over: their share is 1.
  for (const index of [...small, ...large]) share[index] = 1;
  return (random) => {
    const at = random() * length;
    const index = Math.floor(at);
    return at - index < (share[index] as number) ? index : (alias[index] as number);
  };
}

/** One of the items, each with the same probability. */
export function oneOf<T>(items: readonly T[], random: Random): T {
  return items[Math.floor(random() * items.length)] as T;
}
