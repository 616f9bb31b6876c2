import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'react-router-dom';
import { parseView, printView, type ParsedView, type View } from './view.ts';

export interface UseView extends ParsedView {
  /** Shows another view: a new step for the browser's back button. */
  show: (change: Partial<View>) => void;
}

/** The view that the URL holds. */
export function useView(): UseView {
  const [params, setParams] = useSearchParams();
  const text = params.toString();
  const parsed = useMemo(() => parseView(new URLSearchParams(text)), [text]);
  const show = useCallback(
    (change: Partial<View>) => setParams(printView({ ...parsed.view, ...change })),
    [parsed, setParams],
  );
  return { ...parsed, show };
}
