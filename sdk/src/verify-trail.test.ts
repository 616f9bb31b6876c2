import { canonicalJson, parseEntry, type AuditEntry } from '@auditrail/core';
import { verifyTrail, type VerifyOptions } from '@auditrail/core/verify';
import fc from 'fast-check';
import type { IntegrityOptions } from './chain/integrity.ts';
import { ed25519Pair, TestEmitter, type TrailEvent } from './testing/trail.ts';

// Trails of the SDK, tampered with at random positions: core's verification reports exactly the right finding.
const secret = 'a secret of thirty-two bytes or more';
const pair = ed25519Pair();
const key = { id: 'k', secret };
const signer = { id: 's', privateKey: pair.privateKey };
// Each key rotation adds a plus to the id.
const keys = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`k${'+'.repeat(n)}`, secret]));
const publicKeys = { s: pair.publicKey };

interface Trail {
  lines: string[];
  keyed: boolean;
  options: VerifyOptions;
}

function build(integrity: IntegrityOptions, events: (readonly [number, TrailEvent])[]): Trail {
  const lines: string[] = [];
  const emitters = [0, 1, 2].map(() => new TestEmitter(lines, integrity));
  for (const [at, event] of events) emitters[at]?.happen(event);
  for (const emitter of emitters) emitter.end();
  const options = { publicKeys, ...(integrity.key && { keys }), expectComplete: true };
  return { lines, keyed: integrity.key !== undefined, options };
}

const anyEvent = fc.oneof(
  { weight: 10, arbitrary: fc.constant('entry' as const) },
  { weight: 1, arbitrary: fc.constantFrom('checkpoint' as const, 'restart' as const, 'rekey' as const) },
);
const anyIntegrity = fc.constantFrom<IntegrityOptions>({}, { key }, { signer }, { key, signer });
const anyTrail = (event: fc.Arbitrary<TrailEvent>) =>
  fc
    .tuple(anyIntegrity, fc.array(fc.tuple(fc.nat(2), event), { minLength: 15, maxLength: 60 }))
    .map(([integrity, events]) => build(integrity, events));
const goodTrail = anyTrail(anyEvent);
const direction = fc.constantFrom('oldest first', 'newest first');

const chainOf = (line: string) => parseEntry(line).chain as NonNullable<AuditEntry['chain']>;

async function check(lines: string[], options: VerifyOptions, way: string) {
  const report = await verifyTrail(way === 'oldest first' ? lines : [...lines].reverse(), options);
  return { ...report, found: report.findings.map(({ kind, seq, toSeq, stream }) => ({ kind, seq, toSeq, stream })) };
}

const one = (kind: string, { stream, seq }: { stream: string; seq: number }, toSeq = seq) => [
  { kind, seq, toSeq, stream },
];

/** Indexes of lines that have one of the same stream before and after them. */
function inner(lines: string[]): number[] {
  const chains = lines.map(chainOf);
  const last = new Map(chains.map(({ stream, seq }) => [stream, seq]));
  return chains.flatMap(({ stream, seq }, i) => (seq > 1 && seq < (last.get(stream) ?? 0) ? [i] : []));
}

const changed = (line: string) => canonicalJson({ ...parseEntry(line), description: 'Nothing happened' });
const pick = (indexes: number[], n: number) => indexes[n % indexes.length] as number;
const runs = { numRuns: 60 };

test('an intact trail has no findings: many streams, restarts, both directions', async () => {
  await fc.assert(
    fc.asyncProperty(goodTrail, direction, async ({ lines, options }, way) => {
      const report = await check(lines, options, way);
      expect(report.found).toEqual([]);
      expect(report.undecided).toEqual([]);
      expect(report.streams.reduce((sum, { entries }) => sum + entries, 0)).toBe(lines.length);
      for (const { head, tail } of report.streams) expect({ head, tail }).toEqual({ head: 'start', tail: 'ended' });
      if (options.keys || lines.some((line) => line.includes('ed25519'))) {
        for (const { signedTo, lastSeq } of report.streams) expect(signedTo).toBe((lastSeq ?? 0) - 1);
      }
    }),
    runs,
  );
});

test('a stream without an end after a crash has no findings: its successor confirms its tip', async () => {
  const crashes = fc.oneof(anyEvent, fc.constant('crash' as const));
  await fc.assert(
    fc.asyncProperty(anyTrail(crashes), direction, async ({ lines, options }, way) => {
      expect((await check(lines, options, way)).found).toEqual([]);
    }),
    runs,
  );
});

test('a range of an intact trail has no findings, and reports what it cannot prove', async () => {
  await fc.assert(
    fc.asyncProperty(goodTrail, fc.nat(), fc.nat(), direction, async ({ lines, options }, a, b, way) => {
      const [from = 0, to = 0] = [a % lines.length, b % lines.length].sort((x, y) => x - y);
      const part = lines.slice(from, to);
      const report = await check(part, { ...options, expectComplete: false }, way);
      expect(report.found).toEqual([]);
      if (part.length > 0 && part.length < lines.length / 2) expect(report.undecided).not.toEqual([]);
    }),
    runs,
  );
});

test('lines of several streams may be interleaved in any way', async () => {
  await fc.assert(
    fc.asyncProperty(goodTrail, async ({ lines, options }) => {
      const byStream = [...lines].sort((a, b) => (chainOf(a).stream < chainOf(b).stream ? 1 : -1));
      expect((await check(byStream, options, 'oldest first')).found).toEqual([]);
    }),
    runs,
  );
});

test('changed', async () => {
  await fc.assert(
    fc.asyncProperty(goodTrail, fc.nat(), direction, async ({ lines, options }, n, way) => {
      const at = pick(inner(lines), n);
      const bad = lines.map((line, i) => (i === at ? changed(line) : line));
      expect((await check(bad, options, way)).found).toEqual(one('changed', chainOf(lines[at] as string)));
    }),
    runs,
  );
});

test('missing', async () => {
  await fc.assert(
    fc.asyncProperty(goodTrail, fc.nat(), direction, async ({ lines, options }, n, way) => {
      const at = pick(inner(lines), n);
      const bad = lines.filter((_, i) => i !== at);
      expect((await check(bad, options, way)).found).toEqual(one('missing', chainOf(lines[at] as string)));
    }),
    runs,
  );
});

test('duplicated', async () => {
  await fc.assert(
    fc.asyncProperty(goodTrail, fc.nat(), fc.nat(), direction, async ({ lines, options }, n, to, way) => {
      const line = lines[n % lines.length] as string;
      const bad = lines.toSpliced(to % (lines.length + 1), 0, line);
      expect((await check(bad, options, way)).found).toEqual(one('duplicated', chainOf(line)));
    }),
    runs,
  );
});

test('forked', async () => {
  await fc.assert(
    fc.asyncProperty(goodTrail, fc.nat(), fc.nat(), direction, async ({ lines, options }, n, to, way) => {
      const line = lines[n % lines.length] as string;
      const bad = lines.toSpliced(to % (lines.length + 1), 0, changed(line));
      expect((await check(bad, options, way)).found).toEqual(one('forked', chainOf(line)));
    }),
    runs,
  );
});

test('reordered', async () => {
  await fc.assert(
    fc.asyncProperty(goodTrail, fc.nat(), direction, async ({ lines, options }, n, way) => {
      const at = pick(inner(lines), n);
      const { stream } = chainOf(lines[at] as string);
      const next = lines.findIndex((line, i) => i > at && chainOf(line).stream === stream);
      const bad = lines.with(at, lines[next] as string).with(next, lines[at] as string);
      const { found } = await check(bad, options, way);
      expect(found.map(({ kind, stream }) => ({ kind, stream }))).toEqual([{ kind: 'reordered', stream }]);
    }),
    runs,
  );
});

test('truncated at the end, and at the beginning', async () => {
  await fc.assert(
    fc.asyncProperty(goodTrail, fc.nat(), fc.boolean(), direction, async ({ lines, options }, n, atEnd, way) => {
      const cut = chainOf(lines[pick(inner(lines), n)] as string);
      const bad = lines.filter((line) => {
        const { stream, seq } = chainOf(line);
        return stream !== cut.stream || (atEnd ? seq < cut.seq : seq > cut.seq);
      });
      const found = (await check(bad, options, way)).found.filter(({ stream }) => stream === cut.stream);
      if (atEnd) expect(found).toEqual([expect.objectContaining({ kind: 'truncated-tail', seq: cut.seq })]);
      else expect(found).toEqual(one('truncated-head', { stream: cut.stream, seq: 1 }, cut.seq));
    }),
    runs,
  );
});
