/** Gives the time in nanoseconds since 1970, each call later than the one before, unless the system's clock was wrong. */
export type Clock = () => bigint;

/** How far the clock runs ahead of the system's at most, to stay later than every time it gave: 5 s. */
export const MAX_AHEAD_NS = 5_000_000_000n;

const systemTime = () => BigInt(Date.now()) * 1_000_000n + (process.hrtime.bigint() % 1_000_000n);

/**
 * A clock for one emitter: Loki orders by nanosecond alone, so no two entries may share one. A small step back of the system's
 * clock is bridged. A time more than {@link MAX_AHEAD_NS} ahead was given by a clock that was wrong, and is not followed: one
 * such entry must not drag all later ones along, not over a restart either. The order of the chain does not depend on time.
 *
 * @param after the last time given before a restart, if known
 * @param options.onStepBack called with how far back the clock goes, in seconds
 * @example const clock = risingClock(); clock() < clock(); // true
 */
export function risingClock(
  after = 0n,
  { now = systemTime, onStepBack }: { now?: () => bigint; onStepBack?: (seconds: number) => void } = {},
): Clock {
  // hrtime has the nanoseconds that Date lacks; the offset between them is taken anew with every call, so that a corrected
  // system clock is followed.
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
