import React, { createContext, lazy, Suspense, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';
import type { TrailLine } from '@auditrail/core/loki';
import { maskTrailLine, maskValue, type PersonalKind } from './mask.ts';

/** What may be shown of personal data, and the way to see the rest. */
export interface PersonalData {
  /** Whether anything is masked now. */
  masked: boolean;
  /** Milliseconds since 1970 until which everything is revealed. */
  revealedUntil?: number;
  /** A value as it may be shown. */
  mask: (kind: PersonalKind, value: string) => string;
  /** A line as it may be shown; the same line gives the same object until something is revealed. */
  maskLine: (line: TrailLine) => TrailLine;
  /** Whether this line is shown as it is. */
  isRevealed: (line: TrailLine) => boolean;
  /** Asks for a reason, writes the reveal to the log, and only then shows: this entry, or for a while all. */
  reveal: (entryId?: string) => void;
  /** Ends what was revealed. */
  hide: () => void;
}

const all = (line: TrailLine) => line;
const value = (_: PersonalKind, given: string) => given;
const nothing = () => {};

const UNMASKED: PersonalData = {
  ...{ masked: false, mask: value, maskLine: all, isRevealed: () => true, reveal: nothing, hide: nothing },
};
// Outside of a provider nobody knows who looks.
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

// Few ever reveal anything: the dialog is loaded when one does.
const RevealDialog = lazy(async () => ({ default: (await import('./RevealDialog.tsx')).RevealDialog }));

interface Props {
  /** Whether this person has the permission to see personal data: then nothing is ever masked. */
  mayRead: boolean;
  /** Whether the app can write entries; where it cannot, nothing is revealed. */
  mayRecord: boolean;
  children: ReactNode;
}

/**
 * Masks personal data for those without the permission. A courtesy, not a boundary: the browser has the whole line (see
 * SECURITY.md). What is revealed is forgotten when the page is left.
 */
export function PersonalDataProvider({ mayRead, mayRecord, children }: Props) {
  const [asked, setAsked] = useState<{ entryId?: string }>();
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
      reveal: (entryId) => setAsked(entryId === undefined ? {} : { entryId }),
      hide: () => {
        setEntries(new Set());
        setUntil(undefined);
      },
    };
  }, [mayRead, entries, until]);

  const onRevealed = (entryId: string | undefined, end: number) => {
    setAsked(undefined);
    if (entryId === undefined) setUntil(end);
    else setEntries(new Set([...entries, entryId]));
  };
  return (
    <Context.Provider value={personal}>
      {children}
      {asked && (
        <Suspense fallback={null}>
          <RevealDialog
            {...asked}
            mayRecord={mayRecord}
            onRevealed={onRevealed}
            onDismiss={() => setAsked(undefined)}
          />
        </Suspense>
      )}
    </Context.Provider>
  );
}
