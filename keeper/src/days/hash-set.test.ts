import { createHash } from 'node:crypto';
import { HashSet } from './hash-set.ts';

const hashOf = (value: unknown) => createHash('sha256').update(String(value)).digest();

test('contains exactly what was added, over several growths', () => {
  const set = new HashSet();
  for (let i = 0; i < 20_000; i++) expect(set.add(hashOf(i))).toBe(true);
  for (let i = 0; i < 20_000; i++) expect(set.add(hashOf(i))).toBe(false);
  expect(set.size).toBe(20_000);
  for (let i = 0; i < 1_000; i++) {
    expect(set.has(hashOf(i))).toBe(true);
    expect(set.has(hashOf(`other ${i}`))).toBe(false);
  }
});

test('distinguishes hashes that differ in one of their first 128 bits', () => {
  const set = new HashSet();
  const hash = hashOf('x');
  set.add(hash);
  for (let bit = 0; bit < 128; bit++) {
    const other = Buffer.from(hash);
    other.writeUInt8(other.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    expect(set.has(other)).toBe(false);
  }
});
