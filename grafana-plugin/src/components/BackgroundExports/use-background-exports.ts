import { useCallback, useEffect, useState } from 'react';
import { keeper, type BackgroundExport, type ExportPage, type ExportSigner } from '../../data/keeper.ts';

const BUSY_MS = 2_000;
const IDLE_MS = 30_000;

export interface Exports {
  /** Newest first; missing until they are loaded. */
  list?: BackgroundExport[];
  /** The total number. */
  total?: number;
  /** The key that signs their manifests. */
  signer?: ExportSigner;
  /** Why the exports could not be loaded, or why an action failed. */
  error?: Error;
  /** Runs an action, reports its error, and reloads the list. */
  act: (action: () => Promise<unknown>) => Promise<void>;
  /** Removes the error. */
  dismiss: () => void;
  /** Loads more; missing if all are loaded. */
  more?: () => void;
}

const omitError = ({ list, total, signer }: Partial<ExportPage>): Partial<ExportPage> => ({
  ...(list && { list }),
  ...(total !== undefined && { total }),
  ...(signer && { signer }),
});
const asError = (error: unknown) => (error instanceof Error ? error : new Error(String(error)));

/** The background exports, `step` at a time, reloaded every two seconds while one is running. */
export function useBackgroundExports(step: number): Exports {
  const [read, setRead] = useState<Partial<ExportPage> & { error?: Error }>({});
  const [failed, setFailed] = useState<Error>();
  const [wanted, setWanted] = useState({ count: step });
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let gone = false;
    const readAll = async () => {
      let pause = IDLE_MS;
      try {
        const page = await keeper.list(wanted.count);
        if (page.list.some(({ status }) => status === 'queued' || status === 'running')) pause = BUSY_MS;
        if (!gone) setRead(page);
      } catch (error) {
        if (!gone) setRead((before) => ({ ...before, error: asError(error) }));
      }
      if (!gone) timer = setTimeout(() => void readAll(), pause);
    };
    void readAll();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [wanted]);
  const act = useCallback(async (action: () => Promise<unknown>) => {
    setFailed(undefined);
    await action().catch((error: unknown) => setFailed(asError(error)));
    // A new object reloads the list.
    setWanted(({ count }) => ({ count }));
  }, []);
  const { list, total, signer } = read;
  const error = failed ?? read.error;
  const hasMore = list !== undefined && total !== undefined && list.length < total;
  return {
    ...(list && { list }),
    ...(total !== undefined && { total }),
    ...(signer && { signer }),
    ...(error && { error }),
    act,
    dismiss: () => {
      setFailed(undefined);
      setRead((before) => omitError(before));
    },
    ...(hasMore && { more: () => setWanted(({ count }) => ({ count: count + step })) }),
  };
}
