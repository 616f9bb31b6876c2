import React, { createContext, lazy, Suspense, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';
import type { TrailLine } from '@auditrail/core/loki';
import { maskTrailLine, maskValue, type PersonalKind } from './mask.ts';

/** Which personal data is shown, and how to reveal the rest. */
export interface PersonalData {
  /** Whether personal data is masked. */
  masked: boolean;
  /** Milliseconds since 1970 until which everything is revealed. */
  revealedUntil?: number;
  /** A value, masked if necessary. */
  mask: (kind: PersonalKind, value: string) => string;
  /** A line, masked if necessary. Returns the same object for the same line until something is revealed. */
  maskLine: (line: TrailLine) => TrailLine;
  /** Whether a line is shown without masking. */
  isRevealed: (line: TrailLine) => boolean;
  /** Asks for a reason, records the reveal in the log, and only then reveals one entry, or everything for a while. */
  reveal: (entryId?: string) => void;
  /** Masks again. */
  hide: () => void;
}

const all = (line: TrailLine) => line;
const value = (_: PersonalKind, given: string) => given;
const nothing = () => {};

const UNMASKED: PersonalData = {
  ...{ masked: false, mask: value, maskLine: all, isRevealed: () => true, reveal: nothing, hide: nothing },
};
// Without a provider, the user is unknown, so everything is masked.
const CLOSED: PersonalData = {
  ...{
    masked: true,
    mask: maskValue,
    maskLine: maskTrailLine,
    isRevealed: () => false,
    reveal: nothing,
    hide: nothing,
  },
};

const Context = createContext<PersonalData>(CLOSED);

export const usePersonalData = (): PersonalData => useContext(Context);

// Loaded on demand: few users reveal personal data.
const RevealDialog = lazy(async () => ({ default: (await import('./RevealDialog.tsx')).RevealDialog }));

interface Props {
  /** Whether the user has the permission to see personal data. Then nothing is masked. */
  mayRead: boolean;
  /** Whether the app can write entries. If not, nothing can be revealed. */
  mayRecord: boolean;
  children: ReactNode;
}

/**
 * Masks personal data for users without the permission. This is not a security boundary, because the browser has the whole
 * line (see SECURITY.md). Reveals end when the user leaves the page.
 */
export function PersonalDataProvider({ mayRead, mayRecord, children }: Props) {
  const [revealing, setRevealing] = useState<{ entryId?: string }>();
  const [entries, setEntries] = useState<ReadonlySet<string>>(new Set());
  const [until, setUntil] = useState<number>();

  useEffect(() => {
    if (until === undefined) return;
    const timer = setTimeout(() => setUntil(undefined), until - Date.now());
    return () => clearTimeout(timer);
  }, [until]);

  const personal = useMemo((): PersonalData => {
    if (mayRead) return UNMASKED;
    const isRevealed = ({ entry }: TrailLine) => entry !== undefined && entries.has(entry.id);
    return {
      masked: until === undefined,
      ...(until === undefined
        ? { mask: maskValue, maskLine: (line) => (isRevealed(line) ? line : maskTrailLine(line)), isRevealed }
        : { mask: value, maskLine: all, isRevealed: () => true, revealedUntil: until }),
      reveal: (entryId) => setRevealing(entryId === undefined ? {} : { entryId }),
      hide: () => {
        setEntries(new Set());
        setUntil(undefined);
      },
    };
  }, [mayRead, entries, until]);

  const onRevealed = (entryId: string | undefined, end: number) => {
    setRevealing(undefined);
    if (entryId === undefined) setUntil(end);
    else setEntries(new Set([...entries, entryId]));
  };
  return (
    <Context.Provider value={personal}>
      {children}
      {revealing && (
        <Suspense fallback={null}>
          <RevealDialog
            {...revealing}
            mayRecord={mayRecord}
            onRevealed={onRevealed}
            onDismiss={() => setRevealing(undefined)}
          />
        </Suspense>
      )}
    </Context.Provider>
  );
}
