import { useCallback, useEffect, useState } from 'react';
import { keeper, type BackgroundExport, type ExportPage, type ExportSigner } from '../../data/keeper.ts';

const BUSY_MS = 2_000;
const IDLE_MS = 30_000;

export interface Exports {
  /** Newest first; missing until they were read once. */
  list?: BackgroundExport[];
  /** How many there are in all. */
  total?: number;
  /** Signs their manifests. */
  signer?: ExportSigner;
  /** Why they cannot be read, or what was asked could not be done. */
  error?: Error;
  /** Does something with an export, tells what went wrong, and reads the list anew. */
  act: (what: () => Promise<unknown>) => Promise<void>;
  /** Forgets what went wrong. */
  dismiss: () => void;
  /** Reads as many again; missing where all are there. */
  more?: () => void;
}

const omitError = ({ list, total, signer }: Partial<ExportPage>): Partial<ExportPage> => ({
  ...(list && { list }),
  ...(total !== undefined && { total }),
  ...(signer && { signer }),
});
const asError = (error: unknown) => (error instanceof Error ? error : new Error(String(error)));

/** The background exports, `step` of them and then more, read anew every two seconds while one is under way. */
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
  const act = useCallback(async (what: () => Promise<unknown>) => {
    setFailed(undefined);
    await what().catch((error: unknown) => setFailed(asError(error)));
    // A new object reads again.
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
