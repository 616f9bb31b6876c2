import React, { memo, useState, type DragEvent } from 'react';
import { cx } from '@emotion/css';
import { t } from '@grafana/i18n';
import { Icon, Tooltip } from '@grafana/ui';
import { AS_TEXT } from '../../format/as-text.ts';
import { zoneName } from '../../format/when.ts';
import { useTimeZone } from '../../state/time-zone.ts';
import { testIds } from '../testIds.ts';
import type { Column } from './columns.tsx';
import { ResizeHandle } from './ResizeHandle.tsx';
import type { TableStyles } from './styles.ts';
import type { Columns } from './use-columns.ts';

interface Props {
  columns: Columns;
  styles: TableStyles;
  /** Shows a width while it is being dragged. */
  onDragWidth: (id: string, px: number) => void;
}

/** The column titles. Dragging a title moves its column, dragging its right edge resizes it. */
export const TableHead = memo(function TableHead({ columns, styles, onDragWidth }: Props) {
  const zone = useTimeZone();
  const titleOf = ({ id, title }: Column) =>
    id === 'when' && zone === 'browser'
      ? t('column.when-zone', 'When ({{zone}})', { zone: zoneName(zone), ...AS_TEXT })
      : title();
  const [dragged, setDragged] = useState<string>();
  const [over, setOver] = useState<string>();
  const end = () => {
    setDragged(undefined);
    setOver(undefined);
  };
  const dragProps = ({ id }: Column, position: number) => ({
    onDragOver: (event: DragEvent) => {
      if (dragged === undefined) return;
      event.preventDefault();
      setOver(id);
    },
    onDrop: (event: DragEvent) => {
      event.preventDefault();
      if (dragged !== undefined) columns.move(dragged, position);
      end();
    },
  });
  return (
    <div role="rowgroup">
      <div role="row" aria-rowindex={1} className={styles.head}>
        {columns.shown.map((column, position) => (
          <div
            key={column.id}
            role="columnheader"
            aria-sort={column.id === 'when' ? 'descending' : undefined}
            className={cx(styles.headCell, over === column.id && dragged !== column.id && styles.dropBefore)}
            data-column={column.id}
            data-testid={testIds.table.head(column.id)}
            {...dragProps(column, position)}
          >
            <span
              className={styles.headTitle}
              title={titleOf(column)}
              draggable
              onDragStart={(event) => {
                event.dataTransfer.effectAllowed = 'move';
                event.dataTransfer.setData('text/plain', column.title());
                setDragged(column.id);
              }}
              onDragEnd={end}
            >
              {titleOf(column)}
            </span>
            {column.id === 'when' && <OrderNote styles={styles} />}
            <ResizeHandle column={column} columns={columns} styles={styles} onDragWidth={onDragWidth} />
          </div>
        ))}
        <div role="columnheader" className={cx(styles.headCell, styles.buttons)}>
          <span className="sr-only">{t('column.details', 'Details')}</span>
        </div>
      </div>
    </div>
  );
});

/** States that the order is fixed, and why. */
function OrderNote({ styles }: { styles: TableStyles }) {
  return (
    <Tooltip
      content={t(
        'table.order-why',
        'Entries are always sorted by time, newest first, so that everyone sees the same list and no event can be sorted out of sight. Use filters to narrow the list.',
      )}
    >
      <button
        type="button"
        className={styles.order}
        aria-label={t('table.order', 'Newest first, in a fixed order')}
        data-testid={testIds.table.order}
      >
        <Icon name="arrow-down" size="sm" />
      </button>
    </Tooltip>
  );
}
