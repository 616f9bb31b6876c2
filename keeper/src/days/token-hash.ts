import { hash } from 'node:crypto';

/** The length of the pieces of text that are indexed for search. */
const GRAM_LENGTH = 5;

const SEED = 0x9e3779b9;
const mix = (hash: number, code: number) => Math.imul(hash ^ code, 0x01000193);

function finish(hash: number): number {
  let mixed = hash ^ (hash >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** SQL of a text's {@link valueHash}, which DuckDB computes faster than it hands the text over. */
export const valueHashSql = (column: string) => `(md5_number_lower(${column}) & 4294967295)::UINTEGER`;

/** A hash of a text with 32 bits, the same on every machine. Somebody who wants two texts with one hash finds some. */
export const valueHash = (text: string) => hash('md5', text.toWellFormed(), 'buffer').readUInt32LE(8);

/** A hash of one column's value, from the {@link valueHash} of both. */
export const inColumn = (column: number, value: number) => finish(Math.imul(column, SEED) ^ value);

/**
 * The text in which search compares letters: lower case, with the letters that a regular expression takes for an ASCII
 * letter in another case. JavaScript makes a k of the Kelvin sign.
 */
export const searchForm = (text: string) => text.toLowerCase().replaceAll('\u017f', 's');

/** Calls `each` with a hash of every piece of {@link GRAM_LENGTH} characters of a text in {@link searchForm}. */
export function eachGram(text: string, each: (hash: number) => void): void {
  for (let start = 0; start + GRAM_LENGTH <= text.length; start++) {
    let hash = SEED;
    for (let i = start; i < start + GRAM_LENGTH; i++) hash = mix(hash, text.charCodeAt(i));
    each(finish(hash));
  }
}
