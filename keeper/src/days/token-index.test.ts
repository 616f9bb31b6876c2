import { copyFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { valueHash } from './token-hash.ts';
import { DamagedIndex, gramTokens, TokenIndex, TokenIndexWriter, valueToken } from './token-index.ts';

let folder: string;
let files = 0;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'auditrail-index-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function indexOf(groups: readonly (readonly string[])[], groupRows = 50): Promise<string> {
  const path = join(folder, `${files++}.index`);
  const writer = await TokenIndexWriter.create(path, { rows: groups.length * groupRows, groupRows });
  for await (const { first, last } of writer.parts()) {
    for (let group = first; group <= last; group++) {
      for (const text of groups[group] ?? []) {
        writer.addValue(group, 'id', valueHash(text));
        writer.addText(group, text);
      }
    }
  }
  await writer.end();
  await writer.close();
  return path;
}

const texts = fc.array(fc.array(fc.string({ unit: 'binary', maxLength: 20 }), { maxLength: 10 }), {
  minLength: 1,
  maxLength: 150,
});

test('never misses a group that has a value, or a part of a text in any case', async () => {
  await fc.assert(
    fc.asyncProperty(texts, fc.nat(), fc.nat(), fc.nat(), async (groups, which, from, length) => {
      const index = new TokenIndex(await indexOf(groups));
      const all = groups.flatMap((of, group) => of.map((text) => ({ group, text })));
      const wanted = all[which % Math.max(1, all.length)];
      if (!wanted) return;
      const { group, text } = wanted;
      expect(await index.groups([[[valueToken('id', text)]]])).toContain(group);
      const part = text.slice(from % (text.length + 1)).slice(0, 1 + (length % 12));
      expect(
        await index.groups([[gramTokens(part.toUpperCase().length === part.length ? part.toUpperCase() : part)]]),
      ).toContain(group);
    }),
    { numRuns: 40 },
  );
});

test('finds few groups that do not have the value', async () => {
  const ids = Array.from({ length: 150 }, (_, group) => Array.from({ length: 50 }, (_, i) => `${group}-${i}`));
  const index = new TokenIndex(await indexOf(ids));
  let found = 0;
  for (let i = 0; i < 200; i++) found += (await index.groups([[[valueToken('id', `other-${i}`)]]])).length;
  expect(found / (200 * 150)).toBeLessThan(0.01);
  expect(await index.groups([[[valueToken('actorId', '70-3')]]])).not.toContain(70);
});

test('a group must have a token of each condition, and all tokens of one of its items', async () => {
  const index = new TokenIndex(await indexOf([['alpha', 'beta'], ['alpha'], ['beta', 'gamma'], []]));
  const [alpha, beta, gamma] = ['alpha', 'beta', 'gamma'].map((text) => valueToken('id', text));
  if (!alpha || !beta || !gamma) throw new Error('no tokens');
  expect(await index.groups([[[alpha], [gamma]]])).toEqual([0, 1, 2]);
  expect(await index.groups([[[alpha]], [[beta]]])).toEqual([0]);
  expect(
    await index.groups([
      [
        [alpha, gamma],
        [beta, gamma],
      ],
    ]),
  ).toEqual([2]);
  expect(await index.groups([[]])).toEqual([]);
  expect(await index.groups([])).toEqual([0, 1, 2, 3]);
});

test('detects damage instead of missing a row', async () => {
  const path = await indexOf([['alpha'], ['beta']]);
  const copy = join(folder, 'copy.index');
  const all = [[valueToken('id', 'alpha')], [valueToken('id', 'beta')]];
  const whole = readFileSync(path);
  for (let at = 0; at < whole.length; at += 97) {
    const bytes = Buffer.from(whole);
    bytes.writeUInt8(whole.readUInt8(at) ^ 1, at);
    writeFileSync(copy, bytes);
    const found = await new TokenIndex(copy).groups([all]).catch((error: unknown) => error);
    expect(found instanceof DamagedIndex || JSON.stringify(found) === '[0,1]').toBe(true);
  }
  copyFileSync(path, copy);
  truncateSync(copy, 4096);
  await expect(new TokenIndex(copy).groups([all])).rejects.toThrow(DamagedIndex);
});
