import { useCallback } from 'react';
import { usePreference } from './preferences.ts';
import { parseSavedViews, type SavedView } from './saved-view.ts';
import { parseView, printView, viewSearch, type View } from './view.ts';

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
