import type { Random } from './weighted.ts';

const BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Random bytes, in hexadecimal. */
export function hex(random: Random, bytes: number): string {
  let text = '';
  for (let left = bytes; left > 0; left -= 4) {
    const number = Math.floor(random() * 4_294_967_296);
    const part = `${BYTES[number >>> 24]}${BYTES[(number >>> 16) & 255]}${BYTES[(number >>> 8) & 255]}${BYTES[number & 255]}`;
    text += left >= 4 ? part : part.slice(0, left * 2);
  }
  return text;
}

let last = { ms: -1, text: '' };

/** A UUIDv7 (RFC 9562) of this millisecond, with random numbers of the trail. */
export function idAt(ms: number, random: Random): string {
  if (last.ms !== ms) {
    const time = ms.toString(16).padStart(12, '0');
    last = { ms, text: `${time.slice(0, 8)}-${time.slice(8)}-7` };
  }
  const digits = hex(random, 10);
  const variant = '89ab'[Math.floor(random() * 4)];
  return `${last.text}${digits.slice(0, 3)}-${variant}${digits.slice(3, 6)}-${digits.slice(6, 18)}`;
}
