import { CATALOGUE, entryEvent, evaluate, parseSettings, ruleOf, type Pattern } from '@auditrail/core/detections';
import { parseEntry, type AuditEntryInput } from '@auditrail/core';
import fc from 'fast-check';
import { analyserLab, NOW_MS, recordAt } from '../analyser/testing/analyser-lab.ts';
import type { StoredRecord } from '../days/columns.ts';
import { backtest } from './backtest.ts';

const MINUTE_MS = 60_000;
const settings = parseSettings({});
const rulesOf = (tried: Record<string, number> = {}) =>
  CATALOGUE.map((detection) => ruleOf(detection, settings, tried));
const range = { start: BigInt(NOW_MS - 20 * 86_400_000) * 1_000_000n, end: BigInt(NOW_MS) * 1_000_000n };

let lab: Awaited<ReturnType<typeof analyserLab>>;
beforeEach(async () => {
  lab = await analyserLab({}, { isStarted: false });
});
afterEach(() => lab.close());

const user = (n: number) => ({ type: 'user', id: `u${n}`, email: `user${n}@example.com` }) as const;
const kinds: ((n: number) => Partial<AuditEntryInput>)[] = [
  (n) => ({ action: 'user.login', outcome: 'failure', actor: user(n % 6), source: { ip: `203.0.113.${n % 3}` } }),
  (n) => ({ action: 'user.login', outcome: 'failure', actor: user(n % 40), source: { ip: '198.51.100.7' } }),
  (n) => ({ action: 'user.login', actor: user(n % 6), source: { ip: `203.0.113.${n % 3}` } }),
  (n) => ({
    action: 'user.login',
    outcome: 'failure',
    actor: user(n % 2),
    error: { code: 'account_locked', message: 'x' },
  }),
  (n) => ({ action: 'user.mfa.challenged', actor: user(n % 2) }),
  (n) => ({ action: 'user.locked', actor: { type: 'system' }, target: { type: 'user', id: `u${n % 15}` } }),
  (n) => ({
    action: 'user.role.granted',
    actor: user(1),
    target: { type: 'user', id: `u${n % 14}` },
    scope: { role: 'admin' },
  }),
  (n) => ({ action: 'user.created', actor: user(1), target: { type: 'user', id: `n${n % 5}` } }),
  (n) => ({ action: 'user.deleted', actor: user(1), target: { type: 'user', id: `n${n % 5}` } }),
  (n) => ({ action: 'order.deleted', event: 'deleted', actor: user(n % 2), target: { type: 'order', id: String(n) } }),
  (n) => ({ action: 'order.read', actor: { type: 'agent', id: 'bot' }, ...(n % 2 && { onBehalfOf: [user(3)] }) }),
  (n) => ({ action: 'data.exported', actor: user(n % 2) }),
];

/** All firings, from the lines themselves. */
function evaluated(pattern: Pattern, records: readonly StoredRecord[]) {
  const evaluator = evaluate(pattern);
  const sorted = [...records].sort((a, b) => (a.ns < b.ns ? -1 : 1));
  return sorted.flatMap(({ line }) => evaluator.add(entryEvent(parseEntry(line))));
}

test('fires as the evaluator does on every line, whatever DuckDB leaves out', async () => {
  let total = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          kind: fc.nat(kinds.length - 1),
          n: fc.nat(200),
          burst: fc.integer({ min: 1, max: 25 }),
          at: fc.nat(600),
        }),
        {
          minLength: 10,
          maxLength: 60,
        },
      ),
      async (bursts) => {
        await lab.close();
        lab = await analyserLab({}, { isStarted: false });
        const records = bursts.flatMap(({ kind, n, burst, at }) =>
          Array.from({ length: burst }, (_, i) =>
            recordAt(NOW_MS - 700 * MINUTE_MS + at * MINUTE_MS + i * 1_000, kinds[kind]?.(n + i) ?? {}),
          ),
        );
        await lab.add(...records);
        if (bursts.length % 2) await lab.parts.days.maintain({ everything: true });
        const rules = rulesOf().filter(({ pattern }) => pattern.kind !== 'silence');
        const results = await backtest(lab.parts.days, 'audit', rules, { range, limit: 10_000 });
        for (const [i, rule] of rules.entries()) {
          const wanted = evaluated(rule.pattern, records);
          total += wanted.length;
          expect([rule.id, results[i]?.firings.toReversed()]).toEqual([rule.id, wanted]);
        }
      },
    ),
    { numRuns: 10, endOnFailure: true },
  );
  expect(total).toBeGreaterThan(20);
}, 120_000);

const failures = (count: number, ms: number) =>
  Array.from({ length: count }, (_, i) => recordAt(ms + i * 1_000, kinds[0]?.(0) ?? {}));
const bruteForce = (tried: Record<string, number> = {}) =>
  rulesOf(tried).filter(({ id }) => id === 'auditrail-brute-force-ip');

test('thresholds can be tried, and firings are counted and limited', async () => {
  for (let hour = 1; hour <= 5; hour++) await lab.add(...failures(22, NOW_MS - hour * 60 * MINUTE_MS));
  const found = await backtest(lab.parts.days, 'audit', bruteForce(), { range, limit: 2 });
  expect(found).toMatchObject([{ fired: 5, firings: [{ value: 20, labels: { client_address: '203.0.113.0' } }, {}] }]);
  expect(found[0]?.firings[0]?.at).toBeGreaterThan(found[0]?.firings[1]?.at ?? 0);
  const tried = { failures: 23, withLocked: 30 };
  expect(await backtest(lab.parts.days, 'audit', bruteForce(tried), { range, limit: 2 })).toMatchObject([{ fired: 0 }]);
});

test('a window that begins before the range counts', async () => {
  await lab.add(...failures(22, NOW_MS));
  const start = BigInt(NOW_MS + 15_000) * 1_000_000n;
  const later = { start, end: start + 3_600_000_000_000n };
  const [found] = await backtest(lab.parts.days, 'audit', bruteForce(), { range: later, limit: 2 });
  expect(found).toMatchObject({
    fired: 1,
    selections: [
      { use: 'entries', entries: 7 },
      { use: 'or', entries: 7 },
    ],
  });
});

test('states if entries lack what a rule needs', async () => {
  const noAddress = { ...kinds[0]?.(0), source: {} };
  await lab.add(...Array.from({ length: 30 }, () => recordAt(NOW_MS - MINUTE_MS, noAddress)));
  const [found] = await backtest(lab.parts.days, 'audit', bruteForce(), { range, limit: 2 });
  expect(found).toMatchObject({ fired: 0, selections: [{ entries: 0, fields: ['ip'], withoutFields: 30 }, {}] });
  const [, , nothing] = await backtest(lab.parts.days, 'audit', rulesOf().slice(3), { range, limit: 2 });
  expect(nothing?.selections[0]).toEqual({ use: 'entries', entries: 0, fields: [] });
});

test('a service that stopped is found to the minute', async () => {
  const rules = rulesOf().filter(({ pattern }) => pattern.kind === 'silence');
  const week = 7 * 24 * 60;
  const every = (service: string, from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => {
      const record = recordAt(NOW_MS - (week + 240 - from - i) * MINUTE_MS, {});
      return { ...record, metadata: new Map([...(record.metadata as Map<string, string>), ['service_name', service]]) };
    });
  const shop = [...every('shop', 0, 240), ...every('shop', week, week + 60)];
  const other = [...every('other', 0, 240), ...every('other', week, week + 240)];
  await lab.add(...shop, ...other);
  const [found] = await backtest(lab.parts.days, 'audit', rules, { range, limit: 5 });
  expect(found?.firings).toEqual([
    {
      ...{ labels: { service_name: 'shop' }, value: 60 },
      at: NOW_MS - 120 * MINUTE_MS,
      since: NOW_MS - 181 * MINUTE_MS,
    },
  ]);
});

test('a threshold of one fires on many entries, of which the latest are kept', async () => {
  const deletions = Array.from({ length: 3_000 }, (_, i) =>
    recordAt(NOW_MS - (3_000 - i) * 5 * MINUTE_MS, { action: 'order.deleted', event: 'deleted', actor: user(1) }),
  );
  await lab.add(...deletions);
  const rules = rulesOf({ deletions: 1, minutes: 1 }).filter(({ id }) => id === 'auditrail-mass-deletion');
  const [found] = await backtest(lab.parts.days, 'audit', rules, { range, limit: 3 });
  expect(found).toMatchObject({ fired: 3_000, selections: [{ entries: 3_000 }] });
  const minutesAgo = found?.firings.map(({ at }) => Math.round((NOW_MS - at) / MINUTE_MS));
  expect(minutesAgo).toEqual([5, 10, 15]);
});
