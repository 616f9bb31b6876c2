import { useCallback } from 'react';
import { usePreference } from './preferences.ts';
import { parseView, printView, viewSearch, type View } from './view.ts';

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

/** The stored form of a view: the query of its address. */
export const queryOf = (view: View): string => viewSearch(view);

/** The view of a saved view. As with links, parts that cannot be used are left out. */
export const viewOf = ({ query }: SavedView): View => parseView(new URLSearchParams(query)).view;

/** Whether a saved view is the current view. */
export const isShown = (saved: SavedView, view: View): boolean =>
  printView(viewOf(saved)).toString() === printView(view).toString();

const NONE: SavedView[] = [];

/** The user's saved views, sorted by name, and functions to change them. */
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
