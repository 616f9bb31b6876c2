import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { Problem } from './problem.ts';

/** Requests per minute. */
export interface RateLimitOptions {
  /** Requests of one caller. */
  requests: number;
  /** Questions of one caller about entries. */
  reads: number;
  /** Exports that one caller starts. */
  starts: number;
  /** Refused sign-ins from one address. */
  failures: number;
}

export const DEFAULT_RATES: RateLimitOptions = { requests: 300, reads: 1_200, starts: 20, failures: 30 };

/** Counts the requests of each caller; throws Problem `RATE_LIMITED` beyond the limit. */
export class RateLimits {
  readonly #limiters: Record<keyof RateLimitOptions, RateLimiterMemory>;

  constructor(options: RateLimitOptions = DEFAULT_RATES) {
    const limiter = (points: number) => new RateLimiterMemory({ points, duration: 60 });
    this.#limiters = {
      requests: limiter(options.requests),
      reads: limiter(options.reads),
      starts: limiter(options.starts),
      failures: limiter(options.failures),
    };
  }

  async take(kind: keyof RateLimitOptions, key: string): Promise<void> {
    try {
      await this.#limiters[kind].consume(key);
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      const seconds = Math.max(1, Math.ceil(error.msBeforeNext / 1_000));
      throw new Problem('RATE_LIMITED', `Too many requests: try again in ${seconds} s`, {
        headers: { 'Retry-After': String(seconds) },
      });
    }
  }
}
