import { msToNs } from '@auditrail/core';
import { CATALOGUE, parseSettings, ruleOf } from '@auditrail/core/detections';
import { Trail } from '../../data/trail.ts';
import { FakeLoki, storedLine } from '../../testing/fake-loki.ts';
import { browserBacktester, MOST_ENTRIES } from './backtest.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const range = { start: msToNs(NOW - 30 * 86_400_000), end: msToNs(NOW) };
const { signal } = new AbortController();
const rule = (name: string, tried = {}) => {
  const detection = CATALOGUE.find(({ id }) => id === `auditrail-${name}`);
  if (!detection) throw new Error(`no rule ${name}`);
  return ruleOf(detection, parseSettings({}), tried);
};

let loki: FakeLoki;
beforeEach(() => {
  loki = new FakeLoki();
});
const failures = (count: number, startMs: number, ip?: string) =>
  Array.from({ length: count }, (_, i) =>
    storedLine({
      time: new Date(startMs + i * 1_000).toISOString(),
      outcome: 'failure',
      ...(ip !== undefined && { source: { ip } }),
    }),
  );
const backtester = () => browserBacktester(new Trail(loki).sourceFor(range), range);

test('finds when a rule would have fired, newest first', async () => {
  loki.lines = [
    ...failures(25, NOW - 86_400_000, '203.0.113.1'),
    ...failures(20, NOW - 3_600_000, '203.0.113.2'),
    ...failures(19, NOW - 600_000, '203.0.113.3'),
  ];
  const read: number[] = [];
  const { firings, ...result } = await backtester().run(rule('brute-force-ip'), signal, (entries) =>
    read.push(entries),
  );
  expect(firings.map(({ labels, value, at }) => [labels['client_address'], value, at])).toEqual([
    ['203.0.113.2', 20, NOW - 3_600_000 + 19_000],
    ['203.0.113.1', 20, NOW - 86_400_000 + 19_000],
  ]);
  expect(result).toEqual({ total: 2, entries: 64, missing: [] });
  expect(read.at(-1)).toBe(64);
});

test('other thresholds do not read again', async () => {
  loki.lines = failures(25, NOW - 86_400_000, '203.0.113.1');
  const tester = backtester();
  await tester.run(rule('brute-force-ip'), signal, () => {});
  const requests = loki.requests.length;
  const tried = await tester.run(rule('brute-force-ip', { failures: 26 }), signal, () => {});
  expect(tried.firings).toEqual([]);
  expect(loki.requests).toHaveLength(requests);
});

test('states which field no entry has', async () => {
  loki.lines = failures(25, NOW - 86_400_000);
  const result = await backtester().run(rule('brute-force-ip'), signal, () => {});
  expect(result).toMatchObject({ firings: [], missing: ['ip'] });
});

test('reads the newest entries only, if there are too many', async () => {
  const [line] = failures(1, NOW - 86_400_000, '203.0.113.1');
  if (!line) throw new Error('no line');
  const pages = function* () {
    for (let at = NOW; ; at -= 1_000) {
      yield Array.from({ length: 20_000 }, () => ({ key: '', ns: msToNs(at), line: '', entry: JSON.parse(line[1]) }));
    }
  };
  // eslint-disable-next-line @typescript-eslint/require-await -- the interface is asynchronous
  const rows = async function* () {
    yield* pages();
  };
  const tester = browserBacktester({ ...new Trail(loki).sourceFor(range), rows }, range);
  const result = await tester.run(rule('brute-force-ip'), signal, () => {});
  expect(result.entries).toBe(60_000);
  expect(result.entries).toBeGreaterThan(MOST_ENTRIES);
  expect(result.since).toBe(NOW - 2_000);
});
