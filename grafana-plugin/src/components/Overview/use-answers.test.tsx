import { renderHook, waitFor } from '@testing-library/react';
import type { TrailSource } from '@auditrail/core/source';
import { useAnswers, type Question } from './use-answers.ts';

const source = {} as TrailSource;

test('asks three questions at once, in their order, and keeps what the others answered if one fails', async () => {
  const asked: number[] = [];
  const release: Array<() => void> = [];
  const question = (i: number): Question<number> =>
    async function* () {
      asked.push(i);
      await new Promise<void>((resolve) => release.push(resolve));
      yield i;
      if (i === 2) throw new Error('broken');
    };
  const questions = new Map([1, 2, 3, 4, 5].map((i) => [`q${i}`, question(i)]));
  const { result } = renderHook(() => useAnswers(source, questions, true));
  await waitFor(() => expect(asked).toEqual([1, 2, 3]));
  while (asked.length < 5 || release.length > 0) {
    release.shift()?.();
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  await waitFor(() => expect(result.current.get('q5')).toEqual({ state: 'done', value: 5 }));
  expect(asked).toEqual([1, 2, 3, 4, 5]);
  expect(result.current.get('q2')).toEqual({ state: 'failed', value: 2, error: new Error('broken') });
  expect(result.current.get('q1')).toEqual({ state: 'done', value: 1 });
});

test('new questions and unmounting abort, and nothing is asked before it is ready', async () => {
  const signals: AbortSignal[] = [];
  const ask: Question<string> = async function* (_, signal) {
    signals.push(signal);
    yield await Promise.resolve('yes');
  };
  const [first, second] = [new Map([['a', ask]]), new Map([['a', ask]])];
  const { result, rerender, unmount } = renderHook(
    ({ questions, ready }: { questions: typeof first; ready: boolean }) => useAnswers(source, questions, ready),
    { initialProps: { questions: first, ready: false } },
  );
  expect(signals).toHaveLength(0);
  rerender({ questions: first, ready: true });
  await waitFor(() => expect(result.current.get('a')).toEqual({ state: 'done', value: 'yes' }));
  rerender({ questions: second, ready: true });
  expect(result.current.size).toBe(0);
  await waitFor(() => expect(result.current.get('a')?.state).toBe('done'));
  unmount();
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
});
