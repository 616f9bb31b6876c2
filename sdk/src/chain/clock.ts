/** Returns the time in nanoseconds since 1970, later with each call, unless the system clock was wrong. */
export type Clock = () => bigint;

/** The most that the clock runs ahead of the system clock, to stay later than every time it returned: 5 s. */
export const MAX_AHEAD_NS = 5_000_000_000n;

const systemTime = () => BigInt(Date.now()) * 1_000_000n + (process.hrtime.bigint() % 1_000_000n);

/**
 * A clock for one emitter: Loki orders entries by their nanosecond only, so each needs its own. The clock bridges a small step
 * back of the system clock. It does not continue after a time more than {@link MAX_AHEAD_NS} ahead, which came from a wrong
 * clock: one such entry must not shift all later ones, nor those after a restart. The order of the chain does not depend on
 * time.
 *
 * @param after the last time before a restart, if known
 * @param options.onStepBack called with the seconds that the clock steps back
 * @example const clock = risingClock(); clock() < clock(); // true
 */
export function risingClock(
  after = 0n,
  { now = systemTime, onStepBack }: { now?: () => bigint; onStepBack?: (seconds: number) => void } = {},
): Clock {
  // hrtime has the nanoseconds that Date lacks; the offset between them is computed with every call, so that a corrected
  // system clock takes effect.
  let last = after;
  return () => {
    const system = now();
    const ahead = last - system;
    if (ahead < 0n || ahead > MAX_AHEAD_NS) last = system;
    else last += 1n;
    if (ahead > MAX_AHEAD_NS) onStepBack?.(Number(ahead / 1_000_000_000n));
    return last;
  };
}
