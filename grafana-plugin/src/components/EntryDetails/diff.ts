import { diffLines, diffWordsWithSpace } from 'diff';
import type { Differ } from './changes.ts';

// Comparing very long texts takes too long.
const MOST_CHARS = 200_000;
const MOST_MS = 500;

/** Compares with the package `diff` (Myers' algorithm), with a time limit. */
export const differ: Differ = (before, after, by) => {
  if (before.length + after.length > MOST_CHARS) return undefined;
  const bounds = { timeout: MOST_MS };
  const parts = by === 'lines' ? diffLines(before, after, bounds) : diffWordsWithSpace(before, after, bounds);
  return parts?.map(({ value, added, removed }) => ({
    text: value,
    in: added ? 'after' : removed ? 'before' : 'both',
  }));
};
