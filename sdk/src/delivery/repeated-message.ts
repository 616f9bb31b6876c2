const EVERY_MS = 10 * 60_000;

/**
 * Decides when a message that repeats is logged: the 1st, 2nd, 4th, 8th … time, and after ten minutes without one. An outage
 * of days then neither fills the log nor is forgotten.
 */
export class RepeatedMessage {
  #loggedAt = 0;

  /** Whether to log it now. @param times how often it occurred, from 1 */
  isDue(times: number): boolean {
    const now = Date.now();
    if (times > 1 && !Number.isInteger(Math.log2(times)) && now - this.#loggedAt < EVERY_MS) return false;
    this.#loggedAt = now;
    return true;
  }
}
