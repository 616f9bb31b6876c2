import { MAX_AHEAD_NS, risingClock } from './clock.ts';

test('every time is later than the one before, and near the system clock', () => {
  const clock = risingClock();
  let last = 0n;
  for (let i = 0; i < 10_000; i++) {
    const now = clock();
    expect(now > last).toBe(true);
    last = now;
  }
  expect(Math.abs(Number(last / 1_000_000n) - Date.now())).toBeLessThan(1_000);
});

const SECOND = 1_000_000_000n;

test('continues after a time from before a restart, up to five seconds in the future', () => {
  const last = 1_000n * SECOND;
  const clock = risingClock(last, { now: () => last - MAX_AHEAD_NS });
  expect(clock()).toBe(last + 1n);
});

test.each([
  ['2038', 400_000_000n * SECOND],
  ['three days ahead', 259_200n * SECOND],
  ['six seconds ahead', 6n * SECOND],
])('an entry of a clock that was wrong (%s) before a restart does not drag later ones along', (_, ahead) => {
  const stepped: number[] = [];
  let system = 1_000n * SECOND;
  const clock = risingClock(system + ahead, { now: () => (system += 10n), onStepBack: (s) => stepped.push(s) });
  expect(clock()).toBe(1_000n * SECOND + 10n);
  expect(clock()).toBe(1_000n * SECOND + 20n);
  expect(stepped).toEqual([Number((ahead - 10n) / SECOND)]);
});

test('a clock that was wrong for a while in one process is not followed any longer', () => {
  let system = 1_000n * SECOND;
  const clock = risingClock(0n, { now: () => (system += 1n) });
  clock();
  system += 259_200n * SECOND;
  const wrong = clock();
  system -= 259_200n * SECOND;
  const right = clock();
  expect(right).toBeLessThan(wrong);
  expect(right - system).toBe(0n);
  // A step of two seconds is bridged.
  system -= 2n * SECOND;
  expect(clock()).toBe(right + 1n);
});
