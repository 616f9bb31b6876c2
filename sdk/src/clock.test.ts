import { risingClock } from './clock.ts';

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

test('goes on after a time that was given before a restart, even one in the future', () => {
  const future = BigInt(Date.now() + 3_600_000) * 1_000_000n;
  const clock = risingClock(future);
  expect(clock()).toBe(future + 1n);
  expect(clock()).toBe(future + 2n);
});
