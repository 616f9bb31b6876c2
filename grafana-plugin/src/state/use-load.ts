import { useEffect, useState } from 'react';

/** What is known of an answer that takes time; an older answer stays until the new one is there. */
export type Loaded<T> =
  { state: 'loading'; value?: T } | { state: 'done'; value: T } | { state: 'failed'; error: unknown; value?: T };

/**
 * Runs `load` whenever it changes (so it must be memoised); the one before is aborted and its answer never shown.
 *
 * @example const count = useLoad(useCallback((signal) => countEntries(loki, { query, range, signal }), [loki, query, range]))
 */
export function useLoad<T>(load: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const [settled, setSettled] = useState<{ load: unknown; loaded: Loaded<T> }>();
  useEffect(() => {
    const controller = new AbortController();
    const settle = (loaded: Loaded<T>) => {
      if (!controller.signal.aborted) setSettled({ load, loaded });
    };
    load(controller.signal).then(
      (value) => settle({ state: 'done', value }),
      (error: unknown) => settle({ state: 'failed', error }),
    );
    return () => controller.abort();
  }, [load]);
  if (settled?.load === load) return settled.loaded;
  return { state: 'loading', ...(settled?.loaded.value !== undefined && { value: settled.loaded.value }) };
}
