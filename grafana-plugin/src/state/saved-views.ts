import { useCallback } from 'react';
import { usePreference } from './preferences.ts';
import { parseView, printView, viewSearch, type View } from './view.ts';

/** A view under a name. It is its URL's query, so it can be shared as a link, and a stored one is checked like a link. */
export interface SavedView {
  name: string;
  query: string;
}

/** Bounds of what is kept of one user. */
export const SAVED_VIEW_LIMITS = { views: 50, nameChars: 80, queryChars: 4_000 } as const;

function isSavedView(one: unknown): one is SavedView {
  if (typeof one !== 'object' || one === null || !('name' in one) || !('query' in one)) return false;
  const { name, query } = one;
  if (typeof name !== 'string' || typeof query !== 'string') return false;
  const { nameChars, queryChars } = SAVED_VIEW_LIMITS;
  return name.trim() !== '' && name.length <= nameChars && query.length <= queryChars;
}

/** The saved views of what was stored, which may be anything. */
export function parseSavedViews(stored: unknown): SavedView[] | undefined {
  if (!Array.isArray(stored)) return undefined;
  const views = stored.filter(isSavedView).map(({ name, query }) => ({ name, query }));
  return [...new Map(views.map((view) => [view.name, view])).values()].slice(0, SAVED_VIEW_LIMITS.views);
}

/** The query that a view is saved as: the search part of its URL. */
export const queryOf = (view: View): string => viewSearch(view);

/** The view of a saved one; what of it cannot be used is left out, as of a link. */
export const viewOf = ({ query }: SavedView): View => parseView(new URLSearchParams(query)).view;

/** Whether a saved view is the one that is shown. */
export const isShown = (saved: SavedView, view: View): boolean =>
  printView(viewOf(saved)).toString() === printView(view).toString();

const NONE: SavedView[] = [];

/** The user's saved views, by name, and what can be done with them. */
export function useSavedViews() {
  const [views, set] = usePreference('savedViews', parseSavedViews, NONE);
  const save = useCallback(
    (name: string, view: View) => {
      const saved = { name: name.trim(), query: queryOf(view) };
      const others = views.filter((one) => one.name !== saved.name);
      set([...others, saved].sort((a, b) => a.name.localeCompare(b.name)));
    },
    [views, set],
  );
  const rename = useCallback(
    (from: string, to: string) => set(views.map((one) => (one.name === from ? { ...one, name: to.trim() } : one))),
    [views, set],
  );
  const remove = useCallback((name: string) => set(views.filter((one) => one.name !== name)), [views, set]);
  return { views, save, rename, remove };
}
