/** A view with a name. It is stored as the query of its address, so that it can be shared and is validated like a link. */
export interface SavedView {
  name: string;
  query: string;
}

/** Limits for each user. */
export const SAVED_VIEW_LIMITS = { views: 50, nameChars: 80, queryChars: 4_000 } as const;

function isSavedView(one: unknown): one is SavedView {
  if (typeof one !== 'object' || one === null || !('name' in one) || !('query' in one)) return false;
  const { name, query } = one;
  if (typeof name !== 'string' || typeof query !== 'string') return false;
  const { nameChars, queryChars } = SAVED_VIEW_LIMITS;
  return name.trim() !== '' && name.length <= nameChars && query.length <= queryChars;
}

/** Parses stored data of any form. */
export function parseSavedViews(stored: unknown): SavedView[] | undefined {
  if (!Array.isArray(stored)) return undefined;
  const views = stored.filter(isSavedView).map(({ name, query }) => ({ name, query }));
  return [...new Map(views.map((view) => [view.name, view])).values()].slice(0, SAVED_VIEW_LIMITS.views);
}
