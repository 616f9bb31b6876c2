import { canonicalJson } from '../entry/canonical-json.ts';
import { completeEntry } from '../entry/entry.ts';
import { verifyTrail, type VerifyOptions } from './verify-trail.ts';

let count = 0;
function line(service: string, chain?: { stream: string; seq: number; prev: string | null; keyId?: string }): string {
  const n = String(++count).padStart(3, '0');
  const stamp = { id: `019a8f3e-7a10-7000-8000-000000000${n}`, time: `2026-11-21T06:18:19.000000${n}Z`, service };
  return canonicalJson(
    completeEntry(
      { action: 'user.login', description: 'Signed in', actor: { type: 'user' } },
      chain ? { ...stamp, chain } : stamp,
    ),
  );
}

const first = line('shop', { stream: 's', seq: 1, prev: null });
const bare = [line('billing'), line('billing'), line('grafana')];
const check = async (lines: string[], options?: VerifyOptions) => {
  const { ok, lines: read, verified, findings, undecided } = await verifyTrail(lines, options);
  const texts = [...findings.map(({ kind, text }) => `${kind}: ${text}`), ...undecided.map(({ text }) => text)];
  return { ok, read, verified, texts };
};

it('is not ok if nothing was verified', async () => {
  expect(await check([])).toEqual({ ok: false, read: 0, verified: 0, texts: [] });
  expect(await check([], { expectComplete: true })).toMatchObject({ ok: false, verified: 0 });
  expect(await check(bare)).toMatchObject({ ok: false, read: 3, verified: 0 });
  expect(await check([line('shop', { stream: 'k', seq: 1, prev: null, keyId: 'unknown' })])).toMatchObject({
    ok: false,
    verified: 0,
  });
  expect(await check([first, ...bare])).toMatchObject({ ok: true, read: 4, verified: 1 });
});

it('names the services whose entries are in no chain', async () => {
  expect((await check([first, ...bare])).texts).toEqual([
    expect.stringContaining('Stream s has no end'),
    '2 entries of billing in no chain: nothing proves them.',
    "1 entry of Grafana's users in no chain: nothing proves them.",
  ]);
});

it.each<[string, VerifyOptions]>([
  ['all entries', { expectComplete: true }],
  ['keys', { keys: { k: 'a secret of thirty-two bytes or more' } }],
  ['chains', { requireChains: true }],
])('expects chains if it is given %s', async (_, options) => {
  const { ok, texts } = await check(bare, options);
  expect(ok).toBe(false);
  expect(texts[0]).toBe('unchained: 2 entries are in no chain, of service billing, and chains are expected.');
  expect(await check(bare, { ...options, requireChains: false })).toMatchObject({ ok: false, verified: 0 });
  expect((await check(bare, { ...options, requireChains: false })).texts[0]).not.toContain('unchained:');
});

it('bounds the services that it keeps', async () => {
  const lines = Array.from({ length: 300 }, (_, i) => line(`service-${i}`));
  const { texts } = await check(lines, { requireChains: true });
  expect(texts).toHaveLength(201);
  expect(texts.at(-1)).toBe('unchained: 100 entries of more services in no chain.');
});
