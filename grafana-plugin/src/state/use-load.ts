import { useEffect, useState } from 'react';

/** The state of an asynchronous value. The previous value stays until the new one is loaded. */
export type Loaded<T> =
  { state: 'loading'; value?: T } | { state: 'done'; value: T } | { state: 'failed'; error: unknown; value?: T };

/**
 * Runs `load` whenever it changes (so it must be memoised). The previous run is aborted and its result ignored.
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
