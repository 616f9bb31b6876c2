import { useCallback, useMemo } from 'react';
import { useNavigate, useSearchParams } from 'react-router-dom';
import { parseView, viewSearch, type ParsedView, type View } from './view.ts';

export interface UseView extends ParsedView {
  /** Shows another view: a new step for the browser's back button, or in place of the one that is shown. */
  show: (change: Partial<View>, how?: { replace: boolean }) => void;
}

/** The view that the URL holds. */
export function useView(): UseView {
  const [params] = useSearchParams();
  const navigate = useNavigate();
  const text = params.toString();
  const parsed = useMemo(() => parseView(new URLSearchParams(text)), [text]);
  const show = useCallback(
    // A string: the router would write parameters with escapes that nobody can read.
    (change: Partial<View>, how?: { replace: boolean }) =>
      void navigate({ search: viewSearch({ ...parsed.view, ...change }) }, how),
    [parsed, navigate],
  );
  return { ...parsed, show };
}
