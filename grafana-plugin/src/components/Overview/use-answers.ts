import { useEffect, useState } from 'react';
import type { TrailSource } from '@auditrail/core/source';

/** The answer to one question. A value that is still read can be incomplete. */
export interface Answer<T> {
  state: 'reading' | 'done' | 'failed';
  value?: T;
  error?: unknown;
}

/** Asks the source. Each result replaces the one before. */
export type Question<T> = (source: TrailSource, signal: AbortSignal) => AsyncIterable<T>;

/** Loki answers slowly: more questions at once would only wait for each other. */
const AT_ONCE = 3;

/**
 * The answers to some questions, a few at a time, in their order. New arguments (which must be memoised) or unmounting abort.
 */
export function useAnswers<Id extends string, T>(
  source: TrailSource,
  questions: ReadonlyMap<Id, Question<T>>,
  ready: boolean,
): ReadonlyMap<Id, Answer<T>> {
  const [known, setKnown] = useState<{ of: unknown; answers: ReadonlyMap<Id, Answer<T>> }>();
  useEffect(() => {
    if (!ready) return;
    const controller = new AbortController();
    const { signal } = controller;
    const answers = new Map<Id, Answer<T>>();
    const settle = (id: Id, answer: Answer<T>) => {
      if (signal.aborted) return;
      answers.set(id, answer);
      setKnown({ of: questions, answers: new Map(answers) });
    };
    const waiting = [...questions];
    const work = async () => {
      for (let next = waiting.shift(); next && !signal.aborted; next = waiting.shift()) {
        const [id, ask] = next;
        let answer: Answer<T> = { state: 'reading' };
        try {
          for await (const value of ask(source, signal)) settle(id, (answer = { state: 'reading', value }));
          settle(id, { ...answer, state: 'done' });
        } catch (error) {
          settle(id, { ...answer, state: 'failed', error });
        }
      }
    };
    for (let i = 0; i < AT_ONCE; i += 1) void work();
    return () => controller.abort();
  }, [source, questions, ready]);
  return known?.of === questions ? known.answers : NONE;
}

const NONE: ReadonlyMap<never, never> = new Map<never, never>();
