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
  const [loaded, setLoaded] = useState<Loaded<T>>({ state: 'loading' });
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    setLoaded((before) => ({ ...('value' in before && { value: before.value }), state: 'loading' }));
    load(signal).then(
      (value) => !signal.aborted && setLoaded({ state: 'done', value }),
      (error: unknown) => !signal.aborted && setLoaded({ state: 'failed', error }),
    );
    return () => controller.abort();
  }, [load]);
  return loaded;
}
