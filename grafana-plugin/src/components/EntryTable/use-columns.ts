import { useMemo } from 'react';
import { usePreference } from '../../state/preferences.ts';
import { moved, parseChoice, resized, storedChoice, toggled, type ColumnChoice } from './column-choice.ts';
import { COLUMNS, type Column } from './columns.tsx';

const BY_ID: ReadonlyMap<string, Column> = new Map(COLUMNS.map((column) => [column.id, column]));
const KNOWN = new Set(BY_ID.keys());
const DEFAULT: ColumnChoice = { shown: COLUMNS.filter(({ byDefault }) => byDefault).map(({ id }) => id), widths: {} };
const parse = (stored: unknown) => parseChoice(stored, KNOWN);

/** Width of the last column, which contains the buttons, in pixels. */
export const BUTTONS_WIDTH = 82;

// Share of the remaining width for each column with a maximum. Together they must not exceed 1.
const EARLY_SHARE = 0.3;

export interface Columns {
  /** From left to right. */
  shown: readonly Column[];
  /** Widths in pixels that the user set. */
  widths: Readonly<Record<string, number>>;
  isDefault: boolean;
  toggle: (id: string) => void;
  /** @param position from the left, starting at 0 */
  move: (id: string, position: number) => void;
  /** @param px `undefined` for the default width */
  resize: (id: string, px: number | undefined) => void;
  reset: () => void;
}

/** The columns that the user selected. */
export function useColumns(): Columns {
  const [choice, store] = usePreference('columns', parse, DEFAULT);
  return useMemo(() => {
    const choose = (chosen: ColumnChoice) => store(storedChoice(chosen));
    return {
      shown: choice.shown.flatMap((id) => BY_ID.get(id) ?? []),
      widths: choice.widths,
      isDefault: choice === DEFAULT || JSON.stringify(choice) === JSON.stringify(DEFAULT),
      toggle: (id) => choose(toggled(choice, id)),
      move: (id, position) => choose(moved(choice, id, position)),
      resize: (id, px) => choose(resized(choice, id, px)),
      reset: () => choose(DEFAULT),
    };
  }, [choice, store]);
}

/**
 * The columns to show in a width. All columns that the user selected are shown, with scrolling if needed. Of the default
 * columns, some are dropped from the right, so that the description is visible without scrolling.
 */
export function fitting(columns: Columns, px: number): Columns {
  let { shown } = columns;
  if (!columns.isDefault || px === 0) return columns;
  while (trackSizes(shown, columns.widths).minWidth > px) {
    const dropped = shown.findLast(({ byDefault }) => byDefault === 'with-room');
    if (!dropped) break;
    shown = shown.filter((column) => column !== dropped);
  }
  return shown === columns.shown ? columns : { ...columns, shown };
}

/**
 * The columns as CSS: the grid tracks and the minimum width of a row. Widths that the user set are exact. If no column
 * grows, an empty track fills the rest.
 */
export function trackSizes(shown: readonly Column[], widths: Columns['widths']): { tracks: string; minWidth: number } {
  const sizes = shown.map(({ id, width, grow, upTo }) => ({
    px: widths[id] ?? width,
    ...(widths[id] === undefined && { grow, upTo }),
  }));
  const minWidth = sizes.reduce((sum, { px }) => sum + px, BUTTONS_WIDTH);
  const tracks = sizes.map(({ px, grow, upTo }) => {
    if (upTo) return `clamp(${px}px, ${px}px + (100% - ${minWidth}px) * ${EARLY_SHARE}, ${upTo}px)`;
    return grow ? `minmax(${px}px, ${grow}fr)` : `${px}px`;
  });
  const filler = sizes.some(({ grow }) => grow) ? [] : ['minmax(0, 1fr)'];
  // The buttons are in the last track, after the filler.
  return { tracks: [...tracks, ...filler, `${BUTTONS_WIDTH}px`].join(' '), minWidth };
}
