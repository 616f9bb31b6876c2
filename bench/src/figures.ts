/** Rounds to `digits` significant digits, so that figures do not look more precise than they are. */
export function round(value: number, digits = 3): number {
  return Number(value.toPrecision(digits));
}

/** The median. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)];
  if (upper === undefined) throw new Error('no values to take the median of');
  return Number.isInteger(middle) ? (upper + (sorted[middle - 1] ?? upper)) / 2 : upper;
}

/** Converts bytes to MB (10^6 bytes). */
export const megabytes = (bytes: number): number => Math.round(bytes / 1e5) / 10;
