import { useCallback, useMemo } from 'react';
import { useNavigate, useSearchParams } from 'react-router-dom';
import type { EntryQuery } from '@auditrail/core/query';
import { useStable } from './use-stable.ts';
import { parseView, toQuery, viewSearch, type ParsedView, type View } from './view.ts';

export interface UseView extends ParsedView {
  /** The query of the view. The same object until search, tab, or filters change: other changes read no entries again. */
  query: EntryQuery;
  /** Shows another view, as a new step of the browser's history, or in place of the current one. */
  show: (change: Partial<View>, how?: { replace: boolean }) => void;
}

/** The view in the address. */
export function useView(): UseView {
  const [params] = useSearchParams();
  const navigate = useNavigate();
  const text = params.toString();
  const parsed = useMemo(() => parseView(new URLSearchParams(text)), [text]);
  const query = useStable(useMemo(() => toQuery(parsed.view), [parsed]));
  const show = useCallback(
    // A string, because the router would escape the parameters until they are unreadable.
    (change: Partial<View>, how?: { replace: boolean }) =>
      void navigate({ search: viewSearch({ ...parsed.view, ...change }) }, how),
    [parsed, navigate],
  );
  return { ...parsed, query, show };
}
