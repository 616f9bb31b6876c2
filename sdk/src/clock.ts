/** Gives the time in nanoseconds since 1970, each call later than the one before, across steps of the system's clock. */
export type Clock = () => bigint;

/**
 * A clock for one emitter: Loki orders by nanosecond alone, so no two entries may share one.
 *
 * @param after the last time given before a restart, where known
 */
export function risingClock(after = 0n): Clock {
  // hrtime has the nanoseconds that Date lacks; the offset between them is taken anew with every call, so that a corrected
  // system clock is followed.
  let last = after;
  return () => {
    const now = BigInt(Date.now()) * 1_000_000n + (process.hrtime.bigint() % 1_000_000n);
    last = now > last ? now : last + 1n;
    return last;
  };
}
