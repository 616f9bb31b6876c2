import { useCallback, useMemo, type CSSProperties, type RefObject } from 'react';
import { TRACKS, VISIBLE_WIDTH } from './styles.ts';
import { trackSizes, type Columns } from './use-columns.ts';

/**
 * The widths of the columns as CSS of the grid.
 *
 * @param width of the visible part, in pixels; 0 while it is not known
 */
export function useColumnTracks({ shown, widths }: Columns, width: number, grid: RefObject<HTMLElement | null>) {
  const { tracks, minWidth } = useMemo(() => trackSizes(shown, widths), [shown, widths]);
  /** Shows a width while it is being dragged, without rendering. */
  const onDragWidth = useCallback(
    (id: string, px: number) => {
      const dragged = trackSizes(shown, { ...widths, [id]: px });
      grid.current?.style.setProperty(TRACKS, dragged.tracks);
      grid.current?.style.setProperty('min-width', `${dragged.minWidth}px`);
    },
    [shown, widths, grid],
  );
  const visible = width > 0 ? `${width}px` : '100%';
  const style = { [TRACKS]: tracks, [VISIBLE_WIDTH]: visible, minWidth } as CSSProperties;
  return { style, isWide: width > 0 && minWidth > width, onDragWidth };
}
