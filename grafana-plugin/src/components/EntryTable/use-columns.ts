import { useMemo } from 'react';
import { usePreference } from '../../state/preferences.ts';
import { moved, parseChoice, resized, toggled, type ColumnChoice } from './column-choice.ts';
import { COLUMNS, type Column } from './columns.tsx';

const BY_ID: ReadonlyMap<string, Column> = new Map(COLUMNS.map((column) => [column.id, column]));
const KNOWN = new Set(BY_ID.keys());
const DEFAULT: ColumnChoice = { shown: COLUMNS.filter(({ byDefault }) => byDefault).map(({ id }) => id), widths: {} };
const parse = (stored: unknown) => parseChoice(stored, KNOWN);

/** Width of the last column, which holds each row's buttons, in pixels. */
export const BUTTONS_WIDTH = 82;

// Of what is left over, to each of the columns that take theirs first: together they must not take more than all.
const EARLY_SHARE = 0.3;

export interface Columns {
  /** From left to right. */
  shown: readonly Column[];
  /** Pixels, of those whose width was chosen. */
  widths: Readonly<Record<string, number>>;
  isDefault: boolean;
  toggle: (id: string) => void;
  /** @param place counted from 0, from the left */
  move: (id: string, place: number) => void;
  /** @param px `undefined` for the default width */
  resize: (id: string, px: number | undefined) => void;
  reset: () => void;
}

/** The columns as the user chose them. */
export function useColumns(): Columns {
  const [choice, choose] = usePreference('columns', parse, DEFAULT);
  return useMemo(
    () => ({
      shown: choice.shown.flatMap((id) => BY_ID.get(id) ?? []),
      widths: choice.widths,
      isDefault: choice === DEFAULT || JSON.stringify(choice) === JSON.stringify(DEFAULT),
      toggle: (id) => choose(toggled(choice, id)),
      move: (id, place) => choose(moved(choice, id, place)),
      resize: (id, px) => choose(resized(choice, id, px)),
      reset: () => choose(DEFAULT),
    }),
    [choice, choose],
  );
}

/**
 * What is shown of the columns in so many pixels. Those of a person's own choice are all shown, and scrolled to; the default
 * ones make room from the right, so that the description is in sight without scrolling.
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
 * The columns as CSS: the tracks of a row's grid and the least width of a row. A width that was chosen is exact; where all
 * are, an empty track takes what is left.
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
  // The buttons stand in the last track, wherever the filler is.
  return { tracks: [...tracks, ...filler, `${BUTTONS_WIDTH}px`].join(' '), minWidth };
}
