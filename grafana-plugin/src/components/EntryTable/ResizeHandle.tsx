import React, { type KeyboardEvent, type PointerEvent } from 'react';
import { t } from '@grafana/i18n';
import { testIds } from '../testIds.ts';
import { boundWidth, WIDTH } from './column-choice.ts';
import type { Column } from './columns.tsx';
import type { TableStyles } from './styles.ts';
import type { Columns } from './use-columns.ts';

/** Pixels by which a key press changes a width. */
export const WIDTH_STEP = 16;

/** The rendered width of a column in pixels. It is larger than its own width if the column grows. */
export function drawnWidth({ id, width }: Column, widths: Columns['widths']): number {
  const drawn = document.querySelector(`[data-column="${id}"]`)?.getBoundingClientRect().width;
  return Math.round(drawn || (widths[id] ?? width));
}

interface Props {
  column: Column;
  columns: Columns;
  styles: TableStyles;
  onDragWidth: (id: string, px: number) => void;
}

/** The right edge of a column. Dragging or the arrow keys resize the column; a double click or Home resets its width. */
export function ResizeHandle({ column, columns, styles, onDragWidth }: Props) {
  const { id, title, width } = column;
  const onPointerDown = (event: PointerEvent<HTMLElement>) => {
    if (event.button !== 0) return;
    const handle = event.currentTarget;
    const [from, at] = [drawnWidth(column, columns.widths), event.clientX];
    let to: number | undefined;
    handle.setPointerCapture(event.pointerId);
    const move = ({ clientX }: globalThis.PointerEvent) => onDragWidth(id, (to = boundWidth(from + clientX - at)));
    const end = () => {
      handle.removeEventListener('pointermove', move);
      if (to !== undefined) columns.resize(id, to);
    };
    handle.addEventListener('pointermove', move);
    handle.addEventListener('lostpointercapture', end, { once: true });
  };
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const step = { ArrowLeft: -WIDTH_STEP, ArrowRight: WIDTH_STEP }[event.key];
    if (step === undefined && event.key !== 'Home') return;
    event.preventDefault();
    columns.resize(id, step === undefined ? undefined : drawnWidth(column, columns.widths) + step);
  };
  return (
    <span
      role="separator"
      aria-orientation="vertical"
      aria-label={t('column.resize', 'Width of {{column}}', { column: title() })}
      aria-valuenow={columns.widths[id] ?? width}
      aria-valuemin={WIDTH.min}
      aria-valuemax={WIDTH.max}
      // By keyboard, the column menu does the same without a tab stop at every edge.
      tabIndex={-1}
      className={styles.handle}
      onPointerDown={onPointerDown}
      onDoubleClick={() => columns.resize(id, undefined)}
      onKeyDown={onKeyDown}
      data-testid={testIds.table.resize(id)}
    />
  );
}
