import { canonicalJson, parseEntry, type AuditEntry } from '@auditrail/core';
import { verifyTrail, type VerifyOptions } from '@auditrail/core/verify';
import fc from 'fast-check';
import { checkpointEntry } from './chain/chain-entries.ts';
import { createDigest, createSigner, type IntegrityOptions } from './chain/integrity.ts';
import { ed25519Pair, TestEmitter } from './testing/trail.ts';

// Attackers who know how the chain works: which forgeries are found, and with which keys.
const key = { id: 'k', secret: 'a secret of thirty-two bytes or more' };
const wrongKey = { id: 'k', secret: 'another secret, which is just as long' };
const keys = { k: key.secret };
const pair = ed25519Pair();
const signer = { id: 's', privateKey: pair.privateKey };
const publicKeys = { s: pair.publicKey };

function trail(integrity: IntegrityOptions, count = 8): string[] {
  const lines: string[] = [];
  const emitter = new TestEmitter(lines, integrity);
  for (let i = 0; i < count; i++) emitter.happen(i === 5 ? 'checkpoint' : 'entry');
  emitter.end();
  return lines;
}

const chainOf = (entry: AuditEntry) => entry.chain as NonNullable<AuditEntry['chain']>;
const textOf = (entry: AuditEntry): AuditEntry => ({ ...entry, description: 'Nothing happened' });

/** Rewrites entry `seq` and relinks all following entries, with the attacker's key. */
function rewrite(lines: string[], seq: number, integrity: IntegrityOptions, change = textOf): string[] {
  const { digest } = createDigest(integrity);
  let prev: string | undefined;
  return lines.map((line) => {
    let entry = parseEntry(line);
    if (prev !== undefined) entry = { ...entry, chain: { ...chainOf(entry), prev } };
    if (chainOf(entry).seq === seq) entry = change(entry);
    const written = canonicalJson(entry);
    if (chainOf(entry).seq >= seq) prev = digest(written);
    return written;
  });
}

async function found(lines: string[], options: VerifyOptions) {
  const { findings } = await verifyTrail(lines, options);
  return findings.map(({ kind, seq, toSeq }) => `${kind} ${seq}${toSeq === seq ? '' : `-${toSeq}`}`);
}

test('a chain without a key that is rewritten to its end is not found: this is why keys exist', async () => {
  expect(await found(rewrite(trail({}), 4, {}), {})).toEqual(['changed 6', 'changed 9']);
  const withoutTips = (lines: string[]) => lines.filter((line) => !line.includes('audit.chain')).slice(0, 5);
  expect(await found(withoutTips(rewrite(trail({}), 4, {})), {})).toEqual([]);
});

test('without the key, links cannot be forged', async () => {
  const lines = trail({ key });
  expect(await found(lines, { keys, expectComplete: true })).toEqual([]);
  expect(await found(rewrite(lines, 4, { key: wrongKey }), { keys })).toEqual(['forged 4-9']);
  expect(await found(rewrite(lines, 4, {}), { keys })).toEqual(['forged 4-9']);
  expect((await found(trail({ key: wrongKey }), { keys })).sort()).toEqual([
    'forged 1',
    'forged 1-9',
    'forged 10',
    'forged 7',
  ]);
});

test('entries before a signed checkpoint cannot be rewritten, even with the key of the chain', async () => {
  const lines = trail({ key, signer });
  // The attacker cannot change the signed tips of the checkpoint (6) and of the end (9).
  expect(await found(rewrite(lines, 4, { key }), { keys, publicKeys })).toEqual(['changed 6', 'changed 9']);
  const other = ed25519Pair();
  const sign = createSigner({ signer: { id: 's', privateKey: other.privateKey } });
  const resigned = (entry: AuditEntry): AuditEntry => {
    const { stream, prev } = chainOf(entry);
    const { properties } = checkpointEntry([{ stream, seq: 6, hash: prev ?? '' }], sign);
    return { ...entry, properties: properties as AuditEntry['properties'] };
  };
  expect(await found(rewrite(lines, 7, { key }, resigned), { keys, publicKeys })).toEqual(['forged 7', 'changed 9']);
});

test('a stream without a key among streams with one', async () => {
  const lines = [...trail({ key }), ...trail({})];
  expect(await found(lines, { keys })).toEqual(['forged 1']);
  expect(await found(lines, { keys, requireKeys: false })).toEqual([]);
});

test('a key that changes without a signed transition', async () => {
  const other = (entry: AuditEntry) => ({ ...entry, chain: { ...chainOf(entry), keyId: 'mine' } });
  const lines = trail({ key });
  const bad = [...lines.slice(0, 4), ...rewrite(lines, 5, { key }, other).slice(4, 5)];
  expect(await found(bad, { keys })).toEqual(['forged 5']);
  const downgraded = (entry: AuditEntry) => {
    const { stream, seq, prev } = chainOf(entry);
    return { ...entry, chain: { stream, seq, prev } };
  };
  const down = [...lines.slice(0, 4), ...rewrite(lines, 5, {}, downgraded).slice(4, 5)];
  expect(await found(down, { keys, requireKeys: false })).toEqual(['forged 5']);
});

test('without its key a trail is undecided, and the report names the key', async () => {
  const report = await verifyTrail(trail({ key, signer }));
  expect(report).toMatchObject({
    ok: false,
    verified: 0,
    findingCount: 0,
    streams: [{ entries: 10, unchecked: 10, keyIds: ['k'] }],
  });
  expect(report.undecided.map(({ text }) => text)).toEqual([
    expect.stringContaining('The key k was not given'),
    expect.stringContaining('The key s was not given'),
  ]);
});

test('an emitter whose spool was copied', async () => {
  const lines: string[] = [];
  const emitter = new TestEmitter(lines, {});
  emitter.happen('entry');
  const copied = lines.length;
  emitter.happen('crash');
  const clone = lines.slice(copied).map((line) => {
    const entry = parseEntry(line);
    return canonicalJson({ ...entry, chain: { ...chainOf(entry), stream: 'clone' } });
  });
  expect(await found([...lines, ...clone], {})).toEqual(['forked 1']);
});

test('an entry after the end of a chain', async () => {
  const lines = trail({}, 2);
  const last = parseEntry(lines.at(-1) as string);
  const { digest } = createDigest({});
  const link = { ...chainOf(last), seq: chainOf(last).seq + 1, prev: digest(lines.at(-1) as string) };
  const after = canonicalJson({ ...textOf(last), action: 'invoice.paid', chain: link });
  expect(await found([...lines, after], {})).toEqual(['copied-id 5', 'forged 5']);
});

test('a stream that was truncated or removed, and that another stream names', async () => {
  const lines: string[] = [];
  const emitter = new TestEmitter(lines, {});
  for (const event of ['entry', 'entry', 'entry', 'crash', 'entry'] as const) emitter.happen(event);
  expect(await found(lines, {})).toEqual([]);
  expect(await found([...lines.slice(0, 2), ...lines.slice(4)], {})).toEqual(['truncated-tail 3-4']);
  expect(await found(lines.slice(4), {})).toEqual([]);
  expect(await found(lines.slice(4), { expectComplete: true })).toEqual(['truncated-tail 3', 'missing 1-4']);
});

test('lines that are not entries are reported, and entries without a chain are counted', async () => {
  const lines = trail({});
  const unchained = { ...parseEntry(lines[0] as string), chain: undefined };
  const report = await verifyTrail([...lines, 'not JSON', canonicalJson(unchained)]);
  expect(report).toMatchObject({ ok: false, unchained: 1, lines: lines.length + 2 });
  expect(report.findings).toEqual([expect.objectContaining({ kind: 'unreadable', line: lines.length + 1 })]);
});

test('late repetitions are reported, although they cannot be compared; the number of findings is limited', async () => {
  const lines = trail({}, 20);
  const twice = await verifyTrail([...lines, ...lines.slice(3, 6)], { recentEntries: 4 });
  expect(twice.findings).toEqual([expect.objectContaining({ kind: 'duplicated', seq: 4, toSeq: 6 })]);
  const holes = await verifyTrail(
    lines.filter((_, i) => i % 2 === 0),
    { maxFindings: 3 },
  );
  expect(holes.findings).toHaveLength(3);
  expect(holes.findingCount).toBeGreaterThan(8);
});

test('invalid keys are refused', async () => {
  await expect(verifyTrail([], { publicKeys: { s: 'nonsense' } })).rejects.toMatchObject({ code: 'INVALID_KEY' });
  await expect(verifyTrail([], { keys: { k: '' } })).rejects.toMatchObject({ code: 'INVALID_KEY' });
});

test('never throws: random lines, chains and statements', async () => {
  const good = trail({ key, signer });
  const odd = fc.oneof(
    fc.string(),
    fc.json(),
    fc.tuple(fc.constantFrom(...good), fc.jsonValue()).map(([line, properties]) => {
      const entry = parseEntry(line);
      return JSON.stringify({ ...entry, properties: { ...entry.properties, tips: properties, signature: properties } });
    }),
    fc.tuple(fc.constantFrom(...good), fc.nat(12)).map(([line, seq]) => {
      const entry = parseEntry(line);
      return JSON.stringify({ ...entry, chain: { ...chainOf(entry), seq } });
    }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(odd, { maxLength: 40 }), async (lines) => {
      const report = await verifyTrail(lines, { keys, publicKeys, expectComplete: true });
      expect(report).toMatchObject({ ok: false, lines: lines.length });
      expect(report.findingCount === 0).toBe(lines.length === 0);
    }),
    { numRuns: 200 },
  );
});

test('a copied id is reported, in any channel, at any time, with or without a chain', async () => {
  const lines = trail({}, 2);
  const victim = parseEntry(lines[1] as string);
  const copies: AuditEntry[] = [
    { ...textOf(victim), chain: undefined },
    { ...victim, chain: undefined, channel: 'audit' },
    { ...victim, time: '2020-01-01T00:00:00Z', id: victim.id.toUpperCase(), chain: undefined },
    { ...textOf(victim), chain: { stream: 'mine', seq: 1, prev: null } },
  ];
  for (const copy of copies) {
    for (const all of [
      [...lines, canonicalJson(copy)],
      [canonicalJson(copy), ...lines],
    ]) {
      const { findings } = await verifyTrail(all);
      expect(findings.map(({ kind }) => kind)).toEqual(['copied-id']);
    }
  }
  expect(await found([...lines, canonicalJson({ ...victim, chain: undefined })], {})).toEqual([]);
});

test('an entry that was forged as the next one while the emitter was silent', async () => {
  const lines = trail({}, 6);
  const { digest } = createDigest({});
  const before = parseEntry(lines[2] as string);
  const link = { ...chainOf(before), seq: 4, prev: digest(lines[2] as string) };
  const forged = canonicalJson({ ...textOf(before), id: '019a8f3e-7a10-7000-8000-00000000f04e', chain: link });
  expect(await found([...lines.slice(0, 3), forged], {})).toEqual([]);
  expect(await found([...lines.slice(0, 3), forged, lines[3] as string], {})).toEqual(['forked 4']);
  expect(await found([...lines.slice(0, 3), forged, ...lines.slice(3)], {})).toEqual(['forked 4']);
  const crashed: string[] = [];
  const emitter = new TestEmitter(crashed, {});
  for (const event of ['entry', 'entry', 'crash', 'entry'] as const) emitter.happen(event);
  const last = chainOf(parseEntry(crashed[2] as string));
  const behind = canonicalJson({
    ...parseEntry(forged),
    chain: { ...last, seq: 4, prev: digest(crashed[2] as string) },
  });
  expect((await verifyTrail([...crashed, behind])).findings).toMatchObject([{ kind: 'contradicted' }]);
});

test.each<[string, number, (hash: string) => string | undefined]>([
  ['with its hash', 3, (hash) => hash],
  ['with another hash', 3, () => 'f'.repeat(64)],
  ['without a hash', 3, () => undefined],
  ['at its last entry, with another hash', 8, () => 'f'.repeat(64)],
])('a forged start that names a stream as its predecessor %s is itself the finding', async (_, seq, hashOf) => {
  const lines = trail({}, 6);
  const victim = parseEntry(lines[seq - 1] as string);
  const hash = hashOf(createDigest({}).digest(lines[seq - 1] as string));
  const { stream } = chainOf(victim);
  const claim = canonicalJson({
    ...victim,
    action: 'audit.chain.started',
    channel: 'integrity',
    id: '019a8f3e-7a10-7000-8000-00000000f04e',
    chain: { stream: 'mine', seq: 1, prev: null },
    properties: { predecessor: { stream, seq, ...(hash !== undefined && { hash }) } },
  });
  for (const all of [
    [...lines, claim],
    [claim, ...lines],
  ]) {
    expect((await verifyTrail(all)).findings).toMatchObject([
      { kind: 'contradicted', stream: 'mine', seq: 1, otherStream: stream, text: expect.stringContaining(stream) },
    ]);
  }
});
