import { useCallback, useEffect, useState } from 'react';
import { keeper, type BackgroundExport } from '../../data/keeper.ts';

const BUSY_MS = 2_000;
const IDLE_MS = 30_000;

export interface Exports {
  /** Missing until they were read once. */
  list?: BackgroundExport[];
  error?: Error;
  /** Does something with an export, tells what went wrong, and reads the list anew. */
  act: (what: () => Promise<unknown>) => Promise<void>;
}

const asError = (error: unknown) => (error instanceof Error ? error : new Error(String(error)));

/** The background exports, read anew every two seconds while one is under way. */
export function useExports(): Exports {
  const [state, setState] = useState<Pick<Exports, 'list' | 'error'>>({});
  const [asked, setAsked] = useState({});
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let gone = false;
    const read = async () => {
      let pause = IDLE_MS;
      try {
        const list = await keeper.list();
        if (list.some(({ status }) => status === 'queued' || status === 'running')) pause = BUSY_MS;
        if (!gone) setState((before) => (before.list ? { ...before, list } : { list }));
      } catch (error) {
        if (!gone) setState((before) => ({ ...before, error: asError(error) }));
      }
      if (!gone) timer = setTimeout(() => void read(), pause);
    };
    void read();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [asked]);
  const act = useCallback(async (what: () => Promise<unknown>) => {
    try {
      await what();
      setState(({ list }) => (list ? { list } : {}));
    } catch (error) {
      setState((before) => ({ ...before, error: asError(error) }));
    }
    setAsked({});
  }, []);
  return { ...state, act };
}
