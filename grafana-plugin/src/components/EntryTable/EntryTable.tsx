import React, { lazy, Suspense, useEffect, useMemo, useRef, useState, type MouseEvent, type ReactNode } from 'react';
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
import { SkeletonRows } from './SkeletonRows.tsx';
import { getTableStyles } from './styles.ts';
import { TableHead } from './TableHead.tsx';
import { useColumnTracks } from './use-column-tracks.ts';
import { fitting, useColumns } from './use-columns.ts';
import { useFillHeight } from './use-fill-height.ts';
import { useLoadAhead } from './use-load-ahead.ts';
import { useOpenRows } from './use-open-rows.ts';
import { usePreview } from './use-preview.ts';
import { useRows, type Rows } from './use-rows.ts';
import { useWidth } from './use-width.ts';

const EntryPreview = lazy(() => import('./EntryPreview.tsx'));

interface Props {
  entries: Entries;
  /** A new object moves the focus to the first row. */
  focusFirst?: object | undefined;
  /** Shown instead of rows if there are none: the empty state, or the error. */
  children: ReactNode;
}

/** The entries, newest first, in a frame that scrolls. Rows open in place, and older entries are read on demand. */
export function EntryTable({ entries, focusFirst, children }: Props) {
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
  const { style, isWide, onDragWidth } = useColumnTracks(columns, width, grid);
  const { lines, stale, loading, more } = entries;
  const rows = useRows({ lines, stale, rowHeight: ROW_HEIGHT[density], scroller });
  useFocusFirst(rows, focusFirst);
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
          style={style}
          aria-label={t('table.label', 'Audit log entries, newest first')}
          aria-busy={loading}
          // Not known until the last rows are loaded.
          aria-rowcount={more || stale ? -1 : lines.length + 1}
          aria-colcount={columns.shown.length + 1}
          data-density={density}
          data-wide={isWide || undefined}
          onClick={(event) => {
            const index = clickedRow(event);
            if (index === undefined) return;
            preview.close();
            toggle(index);
          }}
          onKeyDown={(event) => {
            if (event.key === 'Escape' && preview.target) preview.close();
            else onRowKey(event, { rows, isOpen, toggle, count: lines.length });
          }}
          onCopy={(event) => copyRow(event, lines, { shown: columns.shown, now, zone })}
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
                        columns={columns.shown}
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

/** The index of the row that a click opens or closes, if any. */
function clickedRow({ target, defaultPrevented }: MouseEvent): number | undefined {
  const row = rowOf(target);
  if (!row || row.inDetails || defaultPrevented) return undefined;
  // A click beside the buttons opens a row too, unless it ends a selection of text.
  const onButton = target instanceof Element && target.closest('[data-toggle],[data-preview]') !== null;
  return onButton || !window.getSelection()?.toString() ? row.index : undefined;
}

/** Moves the focus to the first row for each new `request`. */
function useFocusFirst({ focus }: Rows, request: object | undefined): void {
  const latest = useRef(focus);
  useEffect(() => {
    latest.current = focus;
  });
  useEffect(() => {
    if (request) latest.current(0);
  }, [request]);
}
