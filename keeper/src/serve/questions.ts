import type { Context } from 'hono';
import pLimit from 'p-limit';
import type { Days } from '../days/days.ts';
import { OutOfMemory } from '../days/duck.ts';
import { requireScope } from './authenticate.ts';
import { Problem } from './problem.ts';
import type { ApiEnv } from './routes.ts';

/** The bounds of one kind of questions to the keeper's entries. */
export interface QuestionBounds {
  /** Questions that are answered at once, and those that wait for one of them. */
  atOnce: number;
  waiting: number;
  /** Time that a question may take, in milliseconds; to wait is a part of it. */
  ms: number;
  /** What a caller reads if too many wait, and after how many seconds to ask again. */
  busy: { detail: string; retryAfter: number };
  /** What a caller reads if the keeper does not keep entries. */
  noIntake: string;
}

/** What an answer is made of. */
export interface Asked {
  days: Days;
  tenant: string;
  /** Aborts when the time is over, or the caller has gone. */
  signal: AbortSignal;
}

/** Answers questions of callers who may read entries, within bounds. */
export function answerQuestions(days: Days | undefined, { atOnce, waiting, ms, busy, noIntake }: QuestionBounds) {
  const limited = pLimit(atOnce);

  /** @throws Problem */
  return async <T>(context: Pick<Context<ApiEnv>, 'get' | 'req'>, work: (asked: Asked) => Promise<T>): Promise<T> => {
    const caller = context.get('caller');
    requireScope(caller, 'entries:read');
    if (!days) throw new Problem('NO_INTAKE', noIntake);
    if (limited.pendingCount >= waiting) {
      throw new Problem('BUSY', busy.detail, { headers: { 'Retry-After': String(busy.retryAfter) } });
    }
    const timeout = AbortSignal.timeout(ms);
    const signal = AbortSignal.any([timeout, context.req.raw.signal]);
    try {
      return await limited(() => {
        signal.throwIfAborted();
        return work({ days, tenant: caller.tenant, signal });
      });
    } catch (error) {
      if (error instanceof OutOfMemory) {
        throw new Problem('OUT_OF_MEMORY', 'Other work has the memory: try again, or use a shorter range', {
          ...{ headers: { 'Retry-After': '5' }, reason: error.message, cause: error },
        });
      }
      if (timeout.aborted) {
        throw new Problem('TOO_SLOW', `The answer takes more than ${ms / 1_000} s: use a shorter range`);
      }
      throw error;
    }
  };
}
