/** The shown columns, their order, and their widths. */
export interface ColumnChoice {
  /** IDs from left to right, at least one. */
  shown: string[];
  /** Widths in pixels that the user set. */
  widths: Record<string, number>;
}

/** Limits for the width of a column in pixels. */
export const WIDTH = { min: 60, max: 1200 } as const;

/** Rounds a width and limits it. */
export const boundWidth = (px: number): number => Math.round(Math.min(WIDTH.max, Math.max(WIDTH.min, px)));

/** Version of the column IDs in a stored choice. In choices without a version, `reason` is the failure's reason. */
const ID_VERSION = 2;
const FORMER_IDS: Partial<Record<string, string>> = { reason: 'errorMessage', statedReason: 'reason' };

/** The choice in the form that is stored. */
export const storedChoice = (choice: ColumnChoice): ColumnChoice & { version: number } => ({
  ...choice,
  version: ID_VERSION,
});

/** Parses a stored choice. Unknown columns and invalid widths are left out. */
export function parseChoice(stored: unknown, known: ReadonlySet<string>): ColumnChoice | undefined {
  if (typeof stored !== 'object' || stored === null) return undefined;
  const { shown, widths, version } = stored as Partial<Record<string, unknown>>;
  if (!Array.isArray(shown)) return undefined;
  const current = (id: unknown) => (typeof id === 'string' && version === undefined ? (FORMER_IDS[id] ?? id) : id);
  const ids = [...new Set(shown.map(current))].filter((id): id is string => typeof id === 'string' && known.has(id));
  if (ids.length === 0) return undefined;
  const stretched = typeof widths === 'object' && widths !== null ? Object.entries(widths) : [];
  const pairs = stretched.map(([id, px]): [string, unknown] => [String(current(id)), px]);
  const usable = pairs.filter(([id, px]) => known.has(id) && typeof px === 'number' && Number.isFinite(px));
  return { shown: ids, widths: Object.fromEntries(usable.map(([id, px]) => [id, boundWidth(px as number)])) };
}

/** The choice with a column removed, or added at the end. The last column cannot be removed. */
export function toggled(choice: ColumnChoice, id: string): ColumnChoice {
  const without = choice.shown.filter((other) => other !== id);
  if (without.length === choice.shown.length) return { ...choice, shown: [...choice.shown, id] };
  return without.length > 0 ? { ...choice, shown: without } : choice;
}

/** The choice with a column moved to a position from the left, limited to the first and the last. */
export function moved(choice: ColumnChoice, id: string, position: number): ColumnChoice {
  const others = choice.shown.filter((other) => other !== id);
  if (others.length === choice.shown.length) return choice;
  const to = Math.min(others.length, Math.max(0, position));
  return { ...choice, shown: [...others.slice(0, to), id, ...others.slice(to)] };
}

/** The choice with a width for a column. Without a width, it has its default. */
export function resized({ shown, widths }: ColumnChoice, id: string, px: number | undefined): ColumnChoice {
  const others = Object.entries(widths).filter(([other]) => other !== id);
  return { shown, widths: Object.fromEntries(px === undefined ? others : [...others, [id, boundWidth(px)]]) };
}
