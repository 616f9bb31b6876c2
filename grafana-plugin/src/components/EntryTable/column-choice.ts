/** Which columns are shown, in which order and how wide. */
export interface ColumnChoice {
  /** Ids from left to right; at least one. */
  shown: string[];
  /** Pixels, of those whose width was chosen. */
  widths: Record<string, number>;
}

/** Bounds of a column's width in pixels. */
export const WIDTH = { min: 60, max: 1200 } as const;

/** A width within its bounds, in whole pixels. */
export const boundWidth = (px: number): number => Math.round(Math.min(WIDTH.max, Math.max(WIDTH.min, px)));

/** A choice from storage, which may hold anything: columns that are not known, and impossible widths, are left out. */
export function parseChoice(stored: unknown, known: ReadonlySet<string>): ColumnChoice | undefined {
  if (typeof stored !== 'object' || stored === null) return undefined;
  const { shown, widths } = stored as Partial<Record<string, unknown>>;
  if (!Array.isArray(shown)) return undefined;
  const ids = [...new Set(shown)].filter((id): id is string => typeof id === 'string' && known.has(id));
  if (ids.length === 0) return undefined;
  const pairs = typeof widths === 'object' && widths !== null ? Object.entries(widths) : [];
  const usable = pairs.filter(([id, px]) => known.has(id) && typeof px === 'number' && Number.isFinite(px));
  return { shown: ids, widths: Object.fromEntries(usable.map(([id, px]) => [id, boundWidth(px as number)])) };
}

/** With a column taken out or put in at the end; the last one stays. */
export function toggled(choice: ColumnChoice, id: string): ColumnChoice {
  const without = choice.shown.filter((other) => other !== id);
  if (without.length === choice.shown.length) return { ...choice, shown: [...choice.shown, id] };
  return without.length > 0 ? { ...choice, shown: without } : choice;
}

/** With a column moved to a place from the left; places beyond the ends are the ends. */
export function moved(choice: ColumnChoice, id: string, place: number): ColumnChoice {
  const others = choice.shown.filter((other) => other !== id);
  if (others.length === choice.shown.length) return choice;
  const to = Math.min(others.length, Math.max(0, place));
  return { ...choice, shown: [...others.slice(0, to), id, ...others.slice(to)] };
}

/** With a column as wide as that; without a width it is as by default. */
export function resized({ shown, widths }: ColumnChoice, id: string, px: number | undefined): ColumnChoice {
  const others = Object.entries(widths).filter(([other]) => other !== id);
  return { shown, widths: Object.fromEntries(px === undefined ? others : [...others, [id, boundWidth(px)]]) };
}
