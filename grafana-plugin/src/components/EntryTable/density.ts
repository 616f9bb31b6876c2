import { usePreference } from '../../state/preferences.ts';

export type Density = 'comfortable' | 'compact';

/** Height of a closed row in pixels: two lines of text, or one. */
export const ROW_HEIGHT: Record<Density, number> = { comfortable: 48, compact: 30 };
/** Height of the table's head in pixels. */
export const HEAD_HEIGHT = 32;

const parseDensity = (stored: unknown): Density | undefined =>
  stored === 'comfortable' || stored === 'compact' ? stored : undefined;

/** The row density that the user selected. */
export const useDensity = () => usePreference<Density>('density', parseDensity, 'comfortable');
