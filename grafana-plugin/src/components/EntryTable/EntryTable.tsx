import React, {
  lazy,
  Suspense,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
  type CSSProperties,
  type ReactNode,
} from 'react';
import { cx } from '@emotion/css';
import { t } from '@grafana/i18n';
import { LoadingBar, useStyles2 } from '@grafana/ui';
import { useTimeZone } from '../../state/time-zone.ts';
import { useSharedIds } from '../../state/use-shared-ids.ts';
import { useNow } from '../../state/use-now.ts';
import type { Entries } from '../../state/use-entries.ts';
import { SharedIds } from '../SharedIds.tsx';
import { testIds } from '../testIds.ts';
import { copyRow } from './copy-row.ts';
import { ROW_HEIGHT, useDensity } from './density.ts';
import { EntryRow } from './EntryRow.tsx';
import { LoadMore } from './LoadMore.tsx';
import { RowSlots } from './row-slots.ts';
import { onRowKey, rowOf } from './row-keys.ts';
import { getTableStyles, TRACKS, type TableStyles } from './styles.ts';
import { TableHead } from './TableHead.tsx';
import { fitting, trackSizes, useColumns } from './use-columns.ts';
import { useFillHeight } from './use-fill-height.ts';
import { useLoadAhead } from './use-load-ahead.ts';
import { useOpenRows } from './use-open-rows.ts';
import { usePreview } from './use-preview.ts';
import { useRows } from './use-rows.ts';
import { useWidth } from './use-width.ts';

const EntryPreview = lazy(() => import('./EntryPreview.tsx'));

interface Props {
  entries: Entries;
  /** A new object gives the first row the focus. */
  wantsFirst?: object | undefined;
  /** Shown in place of rows when there are none: the empty state, or the error. */
  children: ReactNode;
}

/** The trail, newest first, in a frame of its own that scrolls. Rows open in place; older ones are read on demand. */
export function EntryTable({ entries, wantsFirst, children }: Props) {
  const styles = useStyles2(getTableStyles);
  const now = useNow(30_000);
  const zone = useTimeZone();
  const [density] = useDensity();
  const frame = useRef<HTMLDivElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const grid = useRef<HTMLDivElement>(null);
  useFillHeight(frame);
  const width = useWidth(scroller);
  const chosen = useColumns();
  const columns = useMemo(() => fitting(chosen, width), [chosen, width]);
  const { lines, stale, loading, more } = entries;
  const rows = useRows({ lines, stale, rowHeight: ROW_HEIGHT[density], scroller });
  const focusRow = useRef(rows.focus);
  useEffect(() => {
    focusRow.current = rows.focus;
  });
  useEffect(() => {
    if (wantsFirst) focusRow.current(0);
  }, [wantsFirst]);
  const { toggle, isOpen, cameTo, go } = useOpenRows(entries, rows.step);
  useLoadAhead(entries, rows.lastSeen);
  const [rowSlots] = useState(() => new RowSlots());
  const slots = rowSlots.of(
    rows.items.map(({ key }) => String(key)),
    lines[rows.active]?.key,
    !rows.items.some(({ index }) => isOpen(index)),
  );
  const preview = usePreview();
  const shared = useSharedIds(lines);

  const { shown, widths } = columns;
  const { tracks, minWidth } = useMemo(() => trackSizes(shown, widths), [shown, widths]);
  const isWide = width > 0 && minWidth > width;
  const onDragWidth = useCallback(
    (id: string, px: number) => {
      const dragged = trackSizes(shown, { ...widths, [id]: px });
      grid.current?.style.setProperty(TRACKS, dragged.tracks);
      grid.current?.style.setProperty('min-width', `${dragged.minWidth}px`);
    },
    [shown, widths],
  );
  const previewed = preview.target && lines[preview.target.index];
  return (
    <div ref={frame} className={styles.frame} data-testid={testIds.table.container}>
      <div className={styles.bar}>
        {loading && <LoadingBar width={600} ariaLabel={t('table.loading', 'Loading entries')} />}
      </div>
      <div
        ref={scroller}
        className={styles.scroller}
        data-testid={testIds.table.scroller}
        onScroll={preview.target && preview.close}
      >
        <div
          ref={grid}
          role="grid"
          className={cx(styles.grid, stale && styles.stale)}
          style={{ [TRACKS]: tracks, minWidth } as CSSProperties}
          aria-label={t('table.label', 'Audit log entries, newest first')}
          aria-busy={loading}
          // Not known before the last have been read.
          aria-rowcount={more || stale ? -1 : lines.length + 1}
          aria-colcount={shown.length + 1}
          data-density={density}
          data-wide={isWide || undefined}
          onClick={({ target, defaultPrevented }) => {
            const row = rowOf(target);
            if (!row || row.inDetails || defaultPrevented) return;
            // A click beside the buttons opens too, unless the person was marking text.
            const onButton = target instanceof Element && target.closest('[data-toggle],[data-preview]') !== null;
            if (!onButton && window.getSelection()?.toString()) return;
            preview.close();
            toggle(row.index);
          }}
          onKeyDown={(event) => {
            if (event.key === 'Escape' && preview.target) preview.close();
            else onRowKey(event, { rows, isOpen, toggle, count: lines.length });
          }}
          onCopy={(event) => copyRow(event, lines, { shown, now, zone })}
          {...preview.ofRows}
          onFocus={(event) => {
            const row = rowOf(event.target);
            if (row) rows.activate(row.index);
            preview.ofRows.onFocus(event);
          }}
        >
          <TableHead columns={columns} styles={styles} onDragWidth={onDragWidth} />
          {loading && lines.length === 0 && <SkeletonRows styles={styles} />}
          {lines.length > 0 && (
            <div role="rowgroup" className={styles.body} style={{ height: rows.height }}>
              <SharedIds value={shared}>
                {rows.items.map(({ key, index, start }) => {
                  const line = lines[index];
                  return (
                    line && (
                      <EntryRow
                        key={slots.get(String(key))}
                        {...{ line, index, density, now, zone, styles, go }}
                        top={rows.topOf(start)}
                        active={index === rows.active}
                        columns={shown}
                        last={!more && index === lines.length - 1}
                        open={isOpen(index)}
                        {...(isOpen(index) && { measure: rows.measure, came: cameTo(index) })}
                      />
                    )
                  );
                })}
              </SharedIds>
            </div>
          )}
        </div>
        {lines.length === 0 && !loading && <div className={styles.filler}>{children}</div>}
        {lines.length > 0 && !stale && <LoadMore entries={entries} styles={styles} />}
      </div>
      {previewed && preview.target && (
        <Suspense fallback={null}>
          <SharedIds value={shared}>
            <EntryPreview line={previewed} button={preview.target.button} {...preview.ofPreview} />
          </SharedIds>
        </Suspense>
      )}
    </div>
  );
}

// As many as fill a screen: what comes later stands where these stood.
function SkeletonRows({ styles }: { styles: TableStyles }) {
  return (
    <div aria-hidden data-testid={testIds.table.loading}>
      {Array.from({ length: 10 }, (_, row) => (
        <div key={row} className={cx(styles.cells, styles.skeletonRow)}>
          {Array.from({ length: 7 }, (__, column) => (
            <div key={column} className={styles.cell}>
              <span className={styles.skeleton} />
            </div>
          ))}
        </div>
      ))}
    </div>
  );
}
