import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { canonicalJson } from '../entry/canonical-json.ts';
import { completeEntry, parseEntry } from '../entry/entry.ts';
import { newestFirst, toTrailLine } from '../loki/entry-identity.ts';
import { formatTime } from '../time.ts';
import { verifyTrail } from './verify-trail.ts';

const START = 1_683_590_400_000_000_000n;
const actor = { type: 'user', id: '7' } as const;

/** A chain of imported entries, with the second of each and ids in no order. */
function imported(seconds: readonly number[]): string[] {
  let prev: string | null = null;
  return seconds.map((second, i) => {
    const id = `0187fd0b-5c00-7000-8000-${createHash('sha256').update(String(i)).digest('hex').slice(0, 12)}`;
    const chain = { stream: 'import', seq: i + 1, prev };
    const stamp = { id, time: formatTime(START + BigInt(second) * 1_000_000_000n), service: 'cloudtrail', chain };
    const line = canonicalJson(completeEntry({ action: 'a', description: String(i), actor }, stamp));
    prev = createHash('sha256').update(line).digest('hex');
    return line;
  });
}

/** The lines as a reader returns them: entries of one time by their ids. */
const asRead = (lines: readonly string[]) =>
  lines
    .map((line) => toTrailLine({ ns: BigInt(Date.parse(parseEntry(line).time)) * 1_000_000n, line }))
    .sort(newestFirst)
    .map(({ line }) => line);

test('entries of one time with falling ids are not moved', async () => {
  // 200 events in 20 seconds, as CloudTrail has them: without fractions.
  const lines = imported(Array.from({ length: 200 }, (_, i) => Math.floor(i / 10)));
  for (const read of [asRead(lines), asRead(lines).reverse()]) {
    expect(await verifyTrail(read)).toMatchObject({ ok: true, findings: [] });
  }
});

test('an import in any order of time has no findings', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(5), { minLength: 1, maxLength: 30 }), async (seconds) => {
      const read = asRead(imported(seconds));
      expect((await verifyTrail(read)).findings).toEqual([]);
      expect((await verifyTrail([...read].reverse())).findings).toEqual([]);
    }),
    { numRuns: 50 },
  );
});

test('a moved line of another time is found', async () => {
  const read = asRead(imported(Array.from({ length: 40 }, (_, i) => Math.floor(i / 4))));
  const moved = [...read.slice(0, 10), ...read.slice(11, 30), read[10] as string, ...read.slice(30)];
  const { findings } = await verifyTrail(moved);
  expect(findings.map(({ kind }) => kind)).toContain('reordered');
});
