import { useMemo } from 'react';
import { usePersonalData } from './PersonalData.tsx';
import type { Entries } from '../../state/use-entries.ts';

/** The entries with masked personal data. Everything that shows rows gets its lines from here. */
export function useShownEntries<T extends Pick<Entries, 'lines'>>(entries: T): T {
  const { maskLine } = usePersonalData();
  const { lines } = entries;
  const shown = useMemo(() => lines.map(maskLine), [lines, maskLine]);
  return { ...entries, lines: shown };
}
